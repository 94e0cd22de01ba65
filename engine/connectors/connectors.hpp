#pragma once

#include "engine/connectors/connector.hpp"

// The connectors that there are; `find_connector` knows them by name.

namespace herald {

const connector& filesystem_connector();
const connector& mariadb_connector();
const connector& nexmark_connector();
const connector& datagen_connector();
const connector& preloaded_connector();
const connector& print_connector();
const connector& blackhole_connector();
const connector& kafka_connector();
const connector& upsert_kafka_connector();
const connector& redis_connector();

} // namespace herald
