# A folder of src/ is a layer: one static library `gregale_<layer>` that links exactly what src/LAYERS
# allows it, and what it names here of the packages.

# The layers that `layer` may use, read from src/LAYERS.
function(gregale_layers_of layer out)
  file(STRINGS ${PROJECT_SOURCE_DIR}/src/LAYERS lines REGEX "^${layer}:")
  if(NOT lines)
    message(FATAL_ERROR "src/LAYERS has no line for '${layer}'")
  endif()
  string(REGEX REPLACE "^${layer}:[ ]*" "" names "${lines}")
  string(REPLACE " " ";" names "${names}")
  list(TRANSFORM names PREPEND gregale_)
  set(${out} "${names}" PARENT_SCOPE)
endfunction()

# Warnings for our own code; packages' headers are SYSTEM and stay silent. A designated initialiser
# may leave members out: they have their defaults.
function(gregale_developer_warnings target)
  if(GREGALE_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion -Werror
      -Wno-missing-field-initializers
      $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
  endif()
endfunction()

# gregale_layer(NAME SOURCES a.cc ... [PACKAGES target ...])
function(gregale_layer layer)
  cmake_parse_arguments(ARG "" "" "SOURCES;PACKAGES" ${ARGN})
  add_library(gregale_${layer} STATIC ${ARG_SOURCES})
  target_include_directories(gregale_${layer} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  gregale_layers_of(${layer} layers)
  target_link_libraries(gregale_${layer} PUBLIC ${layers} ${ARG_PACKAGES})
  gregale_developer_warnings(gregale_${layer})
endfunction()

# gregale_program(NAME LAYER layer SOURCES main.cc ...): an executable whose main lives in a layer.
function(gregale_program name)
  cmake_parse_arguments(ARG "" "LAYER" "SOURCES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE gregale_${ARG_LAYER} CLI11::CLI11)
  gregale_developer_warnings(${name})
  install(TARGETS ${name})
endfunction()

# gregale_test(NAME LABEL label SOURCES ... LINK ...): one Catch2 program per tested layer.
function(gregale_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(${name} PRIVATE gregale_test_support ${ARG_LINK})
  gregale_developer_warnings(${name})
  add_test(NAME ${name} COMMAND ${name} --order lex)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "GREGALE_SOURCE_DIR=${PROJECT_SOURCE_DIR};GREGALE_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
endfunction()
