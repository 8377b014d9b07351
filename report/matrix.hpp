// SPDX-License-Identifier: GPL-2.0-only
// The gate's result: every cell of every scenario, what it expected and what came out.
#pragma once

#include "report/report.hpp"

namespace report {

struct MatrixEntry {
    Cell cell;
    checker::Verdict expected = checker::Verdict::holds;
    std::vector<std::string> expected_properties;
    checker::Verdict verdict = checker::Verdict::error;
    std::vector<std::string> properties; ///< violated ones and `sometimes` conditions never reached, by name
    std::string remark;                  ///< of error and inconclusive
    Cell explored_as; ///< the cell, of the same scenario, whose search cannot be told from this one's; often this cell
    std::uint64_t states = 0, transitions = 0, table_bytes = 0;
    double seconds = 0;

    bool is_surprise() const { return verdict != expected || properties != expected_properties; }
};

struct MatrixScenario {
    std::string name, title, path;
    std::vector<MatrixEntry> entries;
};

struct Matrix {
    std::vector<MatrixScenario> scenarios;
    double seconds = 0;

    std::size_t cells() const;
    std::size_t surprises() const;
};

/// A table a scenario, kernels across, architectures down, equal architectures in one row; then the surprises.
std::string to_text(const Matrix& matrix, bool colour);
/// JUnit XML: a test suite a scenario, a test case a cell.
std::string to_junit(const Matrix& matrix);
/// "48 cells of 1 scenario".
std::string size_of(const Matrix& matrix);
/// The command, for a shell, that shows the cell's counterexample.
std::string reproduce(const MatrixScenario& scenario, const MatrixEntry& entry);

} // namespace report
