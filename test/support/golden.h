#pragma once

#include <functional>
#include <string>
#include <string_view>

// Golden text cases: files in test/golden/<folder>, each a list of cases
//
//   input
//   --
//   expected
//   ==
//   input of the next case
//   ...
//
// A case is added by adding text. With GREGALE_UPDATE_GOLDEN=1 the expected texts are rewritten
// with what the code gives now: look at the diff before committing it.
namespace gregale::test {

// Runs every case of every *.golden file of the folder and checks (Catch2) that `run` gives the
// expected text; a newline at the end of either does not matter. A folder without cases is a
// failure.
void RunGolden(std::string_view folder,
               const std::function<std::string(const std::string& input)>& run);

}  // namespace gregale::test
