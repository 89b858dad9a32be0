# Installs a build into an empty folder, moves it, and builds and runs the programs of tests/consumer on it.
#   cmake -DBUILD=... -DSOURCE=... -DTOOL=... -DWORK=... -P tests/consumer.cmake
if(NOT EXISTS ${TOOL})
  message("skipped: the tool is not built")
  return()
endif()

function(run expected)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE out ERROR_VARIABLE err RESULT_VARIABLE code)
  if(NOT code EQUAL 0 OR NOT out MATCHES "${expected}")
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "${line}\nended with ${code}; expected '${expected}' in:\n${out}\n${err}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run("" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/mueca)  # nothing may remember where it was installed
run("${WORK}/mueca/share/mueca/weights" ${WORK}/mueca/bin/mueca doctor)
run("quick" ${WORK}/mueca/bin/mueca study list)

run("" ${CMAKE_COMMAND} -S ${SOURCE}/tests/consumer -B ${WORK}/build -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${WORK}/mueca)
run("" ${CMAKE_COMMAND} --build ${WORK}/build)
run("angry 0\\.[0-9]+.*neutral 0\\.[0-9]+" ${WORK}/build/consumer)
if(EXISTS ${WORK}/build/consumer_photo AND EXISTS ${SOURCE}/../shared/photos/single_face.jpg)
  run("1 face" ${WORK}/build/consumer_photo ${SOURCE}/../shared/photos/single_face.jpg)
endif()
file(REMOVE_RECURSE ${WORK})
