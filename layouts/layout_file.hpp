// SPDX-License-Identifier: GPL-2.0-only
// Layout files: a PTE layout as JSON, in and out. arch_encodings/schema/layout.schema.json says the same to editors, and
// docs/ARCHITECTURES.md to people. A file that can be read is a layout, sound or not: whether it is sound is for the proofs to
// say, arch::why_refused() in arch_encodings/witness.hpp.
//
// Where to start reading: parse_layout() in reader.cpp; bit_sets.hpp says how bits are written; forms.cpp has the keys.
#pragma once

#include "arch_encodings/layout.hpp"
#include "checker/input_error.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace layouts {

/// The version of the format, the value of "version".
inline constexpr unsigned layout_version = 1;

/// A layout together with the texts that it refers to. Copies share both, and the layout stays where it is as long as one of
/// them lives, so that others may keep a pointer to it.
class OwnedLayout {
public:
    struct Content;
    explicit OwnedLayout(std::shared_ptr<const Content> content);
    const arch::Layout& layout() const;

private:
    std::shared_ptr<const Content> content_;
};

/// Reads one file. Errors carry no file name: whoever reports one has it.
checker::Result<OwnedLayout> load_layout(const std::string& path);
/// The same for a text that is there already.
checker::Result<OwnedLayout> parse_layout(std::string_view text);

/// A built-in layout as one of these: a copy whose texts are the built-in ones.
OwnedLayout borrowed_layout(const arch::Layout& layout);

/// The JSON of a layout, with keys in the order in which people read them. parse_layout() of it gives the same layout.
nlohmann::ordered_json layout_json(const arch::Layout& layout);
/// layout_json() as it is printed: short lists and objects on one line.
std::string layout_text(const arch::Layout& layout);
/// Any document in this form.
std::string readable_json(const nlohmann::ordered_json& document);

} // namespace layouts
