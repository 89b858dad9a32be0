# cmake --install BUILD --prefix P: the tool, its files, and the libraries for find_package(mueca).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS mueca RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
set(share ${CMAKE_INSTALL_DATADIR}/mueca)  # core/files/share.h looks there
install(DIRECTORY data/weights apps/recipes apps/studies DESTINATION ${share})
install(DIRECTORY apps/explorer DESTINATION ${share} FILES_MATCHING PATTERN "*.html" PATTERN "*.css" PATTERN "*.js")
install(FILES LICENSE DESTINATION ${share})

# The rooms that other programs may build on. Headers keep their folders: #include "nn/model.h".
set(rooms core files kernels_cpu kernels_emulated nn data faces)
if(MUECA_CUDA_FOUND)
  list(APPEND rooms kernels_cuda)
endif()
list(TRANSFORM rooms PREPEND mueca_ OUTPUT_VARIABLE libraries)
install(TARGETS ${libraries} EXPORT mueca_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
set(headers core core/files nn data)
if(OpenCV_FOUND)
  list(APPEND headers apps/faces)
endif()
foreach(folder ${headers})
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.h)
  list(FILTER files EXCLUDE REGEX "/testing\\.h$")
  install(FILES ${files} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mueca/${folder})
endforeach()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/mueca)
install(EXPORT mueca_targets NAMESPACE mueca:: FILE muecaTargets.cmake DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/muecaConfig.cmake.in ${PROJECT_BINARY_DIR}/muecaConfig.cmake
  INSTALL_DESTINATION ${package} PATH_VARS share)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/muecaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/muecaConfig.cmake ${PROJECT_BINARY_DIR}/muecaConfigVersion.cmake DESTINATION ${package})
