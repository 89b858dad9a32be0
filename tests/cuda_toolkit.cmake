# What the configuration says of a CUDA toolkit that cannot be used (kernels/cuda/toolkit.cmake).
#   cmake -DSOURCE=... -DWORK=... -DCOMPILER=... -P tests/cuda_toolkit.cmake
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
file(WRITE ${WORK}/ask.cmake "include(${SOURCE}/kernels/cuda/toolkit.cmake)\nmessage(\"goes on: \${MUECA_CUDA_REASON}\")\n")

# A toolkit whose nvcc is this shell script.
function(nvcc name script)
  file(WRITE ${WORK}/${name} "#!/bin/sh\n${script}\n")
  file(CHMOD ${WORK}/${name} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

function(expect mode nvcc expected)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env CUDACXX=${nvcc} ${CMAKE_COMMAND} -DMUECA_CUDA=${mode}
    -DCMAKE_CXX_COMPILER=${COMPILER} -P ${WORK}/ask.cmake WORKING_DIRECTORY ${WORK} OUTPUT_VARIABLE said ERROR_VARIABLE said)
  string(REGEX REPLACE "[ \n]+" " " said "${said}")
  string(FIND "${said}" "${expected}" at)
  if(at EQUAL -1)
    message(SEND_ERROR "MUECA_CUDA=${mode} with ${nvcc} should say '${expected}', says: ${said}")
  endif()
endfunction()

nvcc(broken "exit 1")
nvcc(old "echo 'Cuda compilation tools, release 11.8, V11.8.89'")
nvcc(newer_host "[ $1 = --version ] && echo 'release 12.0, V12.0.1' && exit 0\necho 'error: unsupported GNU version' >&2\nexit 1")

expect(OFF /nowhere "goes on: off by MUECA_CUDA=OFF")
expect(AUTO /nowhere "goes on: /nowhere does not run")
expect(AUTO ${WORK}/broken "goes on: ${WORK}/broken does not run")
expect(AUTO ${WORK}/old "goes on: ${WORK}/old is of CUDA 11.8, the kernels need 12.0 or newer")
expect(AUTO ${WORK}/newer_host "goes on: ${WORK}/newer_host cannot compile with ${COMPILER}: error: unsupported GNU version")
expect(ON ${WORK}/old "MUECA_CUDA=ON, but ${WORK}/old is of CUDA 11.8, the kernels need 12.0 or newer. Install the CUDA toolkit")
expect(sometimes /nowhere "MUECA_CUDA must be AUTO, ON or OFF, not 'sometimes'")
file(REMOVE_RECURSE ${WORK})
