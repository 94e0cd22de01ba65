# Runs one part of the tests; test.sh starts it.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for part in common pins setup build kafka test; do
  # shellcheck source=/dev/null
  source "$ROOT/tools/dev.d/$part.sh"
done

test_part "$1"
