# The HTML report is one page: template, style and script of this folder, and Chart.js as Debian ships it.
find_file(RTCTL_CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js NO_DEFAULT_PATH REQUIRED)
rtctl_embed(${target} rtctl_report ${CMAKE_SOURCE_DIR}/src/report/page/page.html
            ${CMAKE_SOURCE_DIR}/src/report/page/page.css ${CMAKE_SOURCE_DIR}/src/report/page/page.js ${RTCTL_CHART_JS})
