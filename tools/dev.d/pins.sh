# What setup installs. Every download is pinned by version and sha256.

DEBIAN_PACKAGES=(
  # the build
  g++ ccache cmake mold ninja-build pkg-config
  clang-format-14
  # fuzzing and linting: clang 14 does not understand g++ 12's <ranges>
  clang-16 clang-tidy-16 libclang-rt-16-dev llvm-16
  # the libraries
  capnproto libabsl-dev libbenchmark-dev libcaf-dev libcapnp-dev libcli11-dev
  libcurl4-openssl-dev libedit-dev libfmt-dev libgmock-dev libgtest-dev
  libhiredis-dev libjemalloc-dev liblz4-dev libmariadb-dev librdkafka-dev
  libre2-dev libsimdjson-dev libspdlog-dev libsqlite3-dev libssl-dev
  libyaml-cpp-dev libzstd-dev zlib1g-dev
  # servers of the tests
  mariadb-server redis-server
  # what fetches and runs the rest
  ca-certificates curl default-jdk-headless git kcat maven python3-pip
  python3-venv
)
# Debian's npm is wanted only where no other npm is installed: it conflicts
# with the Node.js packages of others.
command -v npm >/dev/null || DEBIAN_PACKAGES+=(npm)

# DuckDB's library and header come from two packages, because the first has no
# header and the second no library; every function that the older header
# declares exists in the newer library.
DUCKDB_LIBRARY_PACKAGE=@duckdb/node-bindings-linux-x64@1.5.6-r.1
DUCKDB_LIBRARY_FILE=duckdb-node-bindings-linux-x64-1.5.6-r.1.tgz
DUCKDB_LIBRARY_SHA256=1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff
DUCKDB_HEADER_PACKAGE=duckdb@1.4.4
DUCKDB_HEADER_FILE=duckdb-1.4.4.tgz
DUCKDB_HEADER_SHA256=5bb967dcbcd517670ba5f169f238fb9d6787e53752c60ebe24386169d76941ed

ARROW_WHEEL=pyarrow==26.0.0
ARROW_WHEEL_FILE=pyarrow-26.0.0-cp311-cp311-manylinux_2_28_x86_64.whl
ARROW_WHEEL_SHA256=6e89dee53aaeb50505ed6152ea55bc7ddfd4f4df264f5427ea255288d8f0e580
ARROW_SO=2600

MAVEN_DEPENDENCY_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
