// SPDX-License-Identifier: GPL-2.0-only
// What a search found, as text for people: the verdict, and of each violation the steps that lead to it.
#pragma once

#include "checker/search.hpp"

#include <string>

namespace checker {

/// The verdict and the number of states in one line, what is violated, and then each violation with its schedule. Ends with
/// a line break, as do the others of several lines.
std::string describe(const Program& program, const SearchResult& result);
/// One violation: a column a thread, a line a step, what each step changed, and what went wrong at the end.
std::string describe(const Program& program, const Violation& violation);

/// How much was explored: "1,234 states", or of a search that keeps none "1,234 schedules".
std::string extent_of(const SearchResult& result);
/// "holds", "violated", "inconclusive", "error".
const char* verdict_name(Verdict verdict);
/// What the word means in this cell; see describe_word.hpp.
std::string describe_cell(const Program& program, CellId cell, Word word);

/// The operation's label, without the values that a `choose` may list in it: "next frame: fresh / last freed".
std::string describe_label(const Operation& op);
/// Which of the values that the label of a `choose` lists was chosen; "choice 1" where it lists none.
std::string describe_choice(const Operation& op, Word choice);

} // namespace checker
