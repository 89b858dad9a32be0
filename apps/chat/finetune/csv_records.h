// CSV whose fields are sentences. data/csv_reader.h hands out views into one line, without quotes within quotes and in
// lower case; sentences need RFC 4180 (doubled quotes, line ends within quotes), or no quoting at all.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/line_reader.h"

namespace mueca {

// A row is wrong; says "file:line: reason". The reader goes on with the next line.
struct BadRecord : Error {
  using Error::Error;
};

class CsvRecords {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{64} << 10;  // bytes
  static constexpr std::size_t kMostFields = 64;
  static constexpr std::size_t kMostLines = 32;  // of one quoted record

  enum class Quotes { rfc4180, literal };

  // Throws Error when the file cannot be read.
  explicit CsvRecords(const std::filesystem::path& path);
  void set_quotes(Quotes quotes) { quotes_ = quotes; }  // before the first record; rfc4180 otherwise

  // The next record that is not blank, the header first; false at the end. Throws BadRecord for one that is malformed.
  bool next();
  const std::vector<std::string>& fields() const { return fields_; }
  Index line() const { return line_; }  // where the record begins, from 1
  const std::string& name() const { return lines_.name(); }
  [[noreturn]] void fail(std::string_view reason) const;

 private:
  struct Line {
    std::string text;
    Index number;
  };
  bool next_line(Line& line);
  void cut_literal(std::string_view text);
  void cut_quoted(Line first);

  LineReader lines_;
  std::deque<Line> pending_;  // read while looking for a closing quote that did not come
  Quotes quotes_ = Quotes::rfc4180;
  std::vector<std::string> fields_;
  Index line_ = 0;
};

}  // namespace mueca
