// SPDX-License-Identifier: GPL-2.0-only
// The parser says that something was not expected, or is missing, but not what could have been meant. So the words are
// gone through once more, as far as the first that nothing is called.
#include "cli/usage.hpp"

#include "checker/input_error.hpp"
#include "cli/validators.hpp"

#include <string_view>
#include <vector>

namespace cli {

namespace {

std::string full_name(const CLI::App& app) {
    return app.get_parent() == nullptr ? "cowherd" : full_name(*app.get_parent()) + " " + app.get_name();
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

/// The command whose options this one takes too, or none.
const CLI::App* shares_options_of(const CLI::App& app) { return app.get_fallthrough() ? app.get_parent() : nullptr; }

std::vector<std::string> names_of_options(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* from = &app; from != nullptr; from = shares_options_of(*from)) {
        for (const CLI::Option* option : from->get_options()) {
            if (option == from->get_help_ptr() && from != &app) continue;
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
            for (const std::string& name : option->get_snames()) names.push_back("-" + name);
        }
    }
    return names;
}

const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
    const CLI::Option* option = nullptr;
    for (const CLI::App* from = &app; from != nullptr && option == nullptr; from = shares_options_of(*from))
        option = from->get_option_no_throw(name);
    return option;
}

class Words {
public:
    Words(const CLI::App& app, int argc, const char* const* argv) : command_(&app), words_(argv + 1, argv + argc) {}

    /// The message about the first wrong word, or nothing.
    std::string first_wrong() {
        for (std::size_t at = 0; at < words_.size() && words_[at] != "--"; ++at) {
            const std::string& word = words_[at];
            std::string wrong;
            if (word.size() > 1 && word.starts_with('-'))
                wrong = look_at_option(word, at);
            else if (!names_of_commands(*command_).empty())
                wrong = look_at_command(word);
            if (!wrong.empty()) return wrong;
        }
        return {};
    }

    const CLI::App& command() const { return *command_; }

private:
    std::string look_at_option(const std::string& word, std::size_t& at) const {
        const bool is_long = word.starts_with("--");
        const std::string name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
        const CLI::Option* option = find_option(*command_, name);
        if (option == nullptr) return no_such("option", name, names_of_options(*command_));
        if (option->get_expected_min() > 0 && name == word) ++at; // its value
        return {};
    }

    std::string look_at_command(const std::string& word) {
        const auto is_named = [&](const CLI::App* each) { return each->get_name() == word; };
        if (const auto named = command_->get_subcommands(is_named); !named.empty()) {
            command_ = named.front();
            return {};
        }
        const std::string& name = command_->get_name();
        const bool is_top = command_->get_parent() == nullptr;
        const std::string kind = is_top ? "command" : name == "list" ? "list of" : name + " command";
        return no_such(kind, word, names_of_commands(*command_));
    }

    const CLI::App* command_;
    std::vector<std::string> words_;
};

} // namespace

std::string usage_error(const CLI::App& app, int argc, const char* const* argv, const CLI::ParseError& error) {
    // These know the option and what is wrong with its value.
    const bool is_about_value = dynamic_cast<const CLI::ValidationError*>(&error) != nullptr ||
                                dynamic_cast<const CLI::ConversionError*>(&error) != nullptr;
    Words words(app, argc, argv);
    std::string text = words.first_wrong();
    const std::string name = full_name(words.command());
    const std::vector<std::string> commands = names_of_commands(words.command());
    if (is_about_value) {
        text = error.what();
    } else if (text.empty() && !commands.empty()) {
        text = "say what `" + name + "` shall do:";
        for (const std::string& command : commands) text += (&command == &commands.front() ? " " : ", ") + command;
    } else if (text.empty()) {
        text = error.what();
    }
    return text + "; `" + name + " --help` says more";
}

} // namespace cli
