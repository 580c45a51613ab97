#include <iostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  const gregale::base::SystemClock clock;
  return gregale::cli::RunProgram(std::vector<std::string>(argv + 1, argv + argc), clock, std::cout,
                                  std::cerr);
}
