// What the other end of stdout and stderr is: a terminal that can redraw and colour, or a file.
#pragma once

namespace mueca {

bool wants_color(int descriptor);  // a terminal, TERM is not dumb, NO_COLOR is not set (no-color.org)
bool wants_live_bar();             // stderr is such a terminal and this is not a CI job
int terminal_width();              // columns of stderr's terminal; 80 when unknown

}  // namespace mueca
