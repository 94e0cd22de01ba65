#pragma once

#include "engine/connectors/mariadb/options.hpp"

// Look-ups by `WHERE k IN (…)`, some requests at once, each over a connection
// and a thread of its own.

namespace herald {

std::unique_ptr<lookup_source> make_mariadb_lookup(mariadb_options options,
                                                   lookup_target target);

} // namespace herald
