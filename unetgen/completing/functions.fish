# The word at the cursor, without a quote that it begins with.
function _unetgen_word
    string trim -l -c "'\"" -- (commandline -ct)
end

function _unetgen_files
    for path in (complete -C "'' "(commandline -ct))
        set -l name (string split -m1 \t -- $path)[1]
        if string match -qr -- "($argv|/)\$" $name
            echo $path
        end
    end
end

function _unetgen_file_config
    printf '%s\tbundled config\n' $_unetgen_names
    _unetgen_files '\.yaml'
end

function _unetgen_file_run
    _unetgen_files '\.yaml'
end

function _unetgen_file_model
    _unetgen_files '\.keras'
end

function _unetgen_file_json
    _unetgen_files '\.json'
end

function _unetgen_file_model_or_config
    printf '%s\tbundled config\n' $_unetgen_names
    _unetgen_files '\.(yaml|keras)'
end

# A config, and behind the first one overrides too.
function _unetgen_file_config_or_override
    set -l given (string match -rv -- '^-|=' (commandline -opc)[3..-1])
    string match -q -- '*=*' (_unetgen_word)
    or _unetgen_file_config
    if set -q given[1]
        _unetgen_override
    end
end

function _unetgen_override
    if string match -q -- '* --task train *' (commandline -opc | string join ' ')' '
        _unetgen_run_override
    else
        _unetgen_fields_in '' $_unetgen_fields
    end
end

function _unetgen_run_override
    if string match -qr -- '^[+~]*model\.' (_unetgen_word)
        _unetgen_fields_in model. $_unetgen_fields
    else
        _unetgen_fields_in '' $_unetgen_run_fields
    end
end

# Of the table of fields behind the first argument, those that go on as the word does, up to the next dot, or
# the values of one; in front of each stands the first argument.
function _unetgen_fields_in
    set -l word (_unetgen_word)
    set -l before (string match -r -- '^[+~]*' $word)$argv[1]
    set -l word (string sub -s (math (string length -- "$before") + 1) -- $word)
    if string match -q -- '*=*' $word
        set -l name (string split -m1 = -- $word)[1]
        set -l head (string replace -r -- '[^,\[=]*$' '' $word)
        for line in (string match -- $name\t'*' $argv[2..-1])
            printf '%s\n' $before$head(string split -n ' ' -- (string split \t -- $line)[2])
        end
        return
    end
    set -l head (string replace -r -- '[^.]*$' '' $word)
    set -l last
    for line in (string match -- $head'*' $argv[2..-1])
        set -l parts (string split \t -- $line)
        set -l name (string sub -s (math (string length -- "$head") + 1) -- $parts[1])
        if not string match -q -- '*.*' $name
            printf '%s%s%s=\t%s\n' "$before" "$head" $name $parts[3]
            set last $name
        else if test "$last" != (string split -m1 . -- $name)[1].
            set last (string split -m1 . -- $name)[1].
            printf '%s%s%s\tits fields\n' "$before" "$head" $last
        end
    end
end
