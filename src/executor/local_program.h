#pragma once

namespace gregale::executor {

// `gregale-executor run FILE` and `gregale-executor validate FILE`: a workflow here and now,
// without any server. `argv` begins with the word. Returns the exit status: 0 where the execution
// ended in SUCCESS, or the definition is valid; 1 where not; 2 for wrong arguments.
int RunLocalProgram(int argc, char** argv);

}  // namespace gregale::executor
