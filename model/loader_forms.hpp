// SPDX-License-Identifier: GPL-2.0-only
// What a scenario file is made of, as data: the keys of each object, the fields of each operation, the words of each choice
// and the range of each number. The loader reads by these tables; a test holds the JSON schema against them.
#pragma once

#include "checker/json_node.hpp"
#include "model/scenario.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace model {

using checker::Form;
using checker::Range;

namespace forms {
const Form& scenario();
const Form& machine();
const Form& swap_device();
const Form& process();
const Form& thread();
const Form& sometimes();
const Form& condition();
const Form& place();   ///< process and address
const Form& content(); ///< process, address and unit
const Form& expectation();
/// All of them, for the test.
std::vector<const Form*> all();
} // namespace forms

/// Who may do an operation.
enum class Actor : std::uint8_t {
    user,   ///< a thread of a process
    anyone, ///< what needs no address space: a kernel agent, a device, or a process
};

struct OperationForm {
    OpCode code;
    const char* name;
    const char* about; ///< one line
    Actor actor;
    bool in_setup; ///< false: asynchronous, so that it makes no sense where each operation ends before the next begins
    std::vector<std::string> required;
    std::vector<std::string> optional;

    std::vector<std::string> keys() const;
};
/// In the order of OpCode.
const std::vector<OperationForm>& operation_forms();

/// Words of the choices, in the order of their enums.
const std::vector<std::string>& advice_words();
const std::vector<std::string>& gup_kind_words();
const std::vector<std::string>& gup_mode_words();
const std::vector<std::string>& access_words();     ///< read, write
const std::vector<std::string>& protection_words(); ///< read, read_write
const std::vector<std::string>& verdict_words();
/// Of "is" and "is_not", by what the condition looks at; a page table entry's are in the order of ConditionKind.
const std::vector<std::string>& pte_words();
const std::vector<std::string>& reference_words();
const std::vector<std::string>& page_words();
const std::vector<std::string>& thread_words();

/// What the format knows but the model does not have yet: refused with a message of its own.
const std::vector<std::string>& operations_not_modelled();
const std::vector<std::string>& advice_not_modelled();
const std::vector<std::string>& keys_not_modelled(); ///< of operations

namespace ranges {
inline constexpr Range pages{1, 16};
inline constexpr Range units{1, max_units};
inline constexpr Range cpus{1, 8};
inline constexpr Range slots{1, 16};
inline constexpr Range value{1, max_values - 1}; ///< 0 is what a fresh page holds
inline constexpr Range passes{1, 8};
inline constexpr Range count{1, 15}; ///< of threads that are alike
// Of lists: what the machine's bit sets and the checker's tables have room for.
inline constexpr unsigned devices = 4;
inline constexpr unsigned processes = 8;
inline constexpr unsigned addresses = 8;
inline constexpr unsigned threads = 15;
inline constexpr unsigned references = 16;
inline constexpr unsigned requests = 8;
inline constexpr unsigned sometimes = 16;
inline constexpr unsigned frames = 64; ///< all pools together: sets of pages are one word
} // namespace ranges

} // namespace model
