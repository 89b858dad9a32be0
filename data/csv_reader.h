// CSV from a stranger, line by line: commas, optional quotes, blanks around fields, errors that name the place.
#pragma once
#include <array>

#include "core/error.h"
#include "data/line_reader.h"

namespace mueca {

// A row is wrong; says "file:line:column: reason". With skip_bad importers report it and go on.
struct BadRow : Error {
  using Error::Error;
};

class CsvReader {
 public:
  static constexpr int kMostFields = 64;

  // Reads the header; throws Error when there is none.
  explicit CsvReader(const std::filesystem::path& path);

  // The next line that is not blank; false at the end. Throws BadRow for a line with other than header().size()
  // fields or with an open quote, after which next() may be called again. No file we read has quotes within quotes.
  bool next();
  Index row() const { return row_; }  // of the line that next() read: 0 for the first below the header
  std::string_view field(int i) const { return field_[static_cast<std::size_t>(i)]; }  // without quotes and blanks
  const std::vector<std::string>& header() const { return header_; }                   // lower case

  // Throws BadRow "file:line:column: reason"; `place` points into a field, columns are bytes from 1.
  [[noreturn]] void fail(const char* place, std::string_view reason) const;
  const std::string& name() const { return lines_.name(); }
  std::string sha256() { return lines_.sha256(); }  // of the file; call once, at the end

 private:
  bool next_line();
  int cut();  // line_ into field_; returns the number of fields

  LineReader lines_;
  std::string_view line_;
  std::array<std::string_view, kMostFields> field_;
  std::vector<std::string> header_;
  Index row_ = -1;
};

}  // namespace mueca
