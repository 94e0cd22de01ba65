#pragma once

#include <string_view>

// Tells a shell when what was typed so far can be run. A pure function, safe
// on any thread; linear in the text.

namespace herald::sql {

/// True if the last token of `text` is a ';' that ends a statement: it stands
/// in no literal, name, comment or open STATEMENT SET. A text that is wrong is
/// complete, too, once a line of it ends in ';': only then its error is said.
bool is_complete(std::string_view text);

} // namespace herald::sql
