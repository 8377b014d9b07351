// SPDX-License-Identifier: GPL-2.0-only
#include "report/identity.hpp"

#include "checker/frame.hpp"
#include "checker/hash.hpp"

#include <fmt/format.h>

namespace report {

namespace {
/// Raised with every change of what the modelled functions do, in which order.
constexpr unsigned model_version = 1;
} // namespace

std::string model_identity() { return fmt::format("cowherd model {}", model_version); }

std::string program_identity(const checker::Program& program) {
    checker::Hash128 hash;
    for (const checker::CellSpec& cell : program.cells()) {
        hash.absorb(checker::hash_name(cell.name));
        hash.absorb(cell.initial);
    }
    for (const checker::ThreadSpec& thread : program.threads()) hash.absorb(checker::hash_name(thread.name));
    for (const checker::Property& property : program.properties()) hash.absorb(checker::hash_name(property.name));
    return fmt::format("{:016x}", hash.low);
}

} // namespace report
