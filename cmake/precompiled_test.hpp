// As precompiled.hpp, for tests.
#include "cmake/precompiled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
