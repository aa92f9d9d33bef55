# bash completion for kappa; written by 'kappa completion bash'

declare -A _kappa_commands=(
    ['kappa']='simulate sink store config completion help'
    ['kappa simulate']='serve users lines'
    ['kappa sink']='postgres sqlite'
    ['kappa store']='migrate status'
    ['kappa config']='show path check'
)
declare -A _kappa_options=(
    ['kappa']='--color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa simulate']='-r --rate -n --count --duration --start --seed --format --boreholes -i --instrument --shape --jitter --late --future --duplicates --bad --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa simulate serve']='--listen -r --rate -n --count --duration --start --seed --format --boreholes -i --instrument --shape --jitter --late --future --duplicates --bad --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa simulate users']='-r --rate -n --count --duration --start --seed --format --boreholes -i --instrument --shape --jitter --late --future --duplicates --bad --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa simulate lines']='-r --rate -n --count --duration --start --seed --format --boreholes -i --instrument --shape --jitter --late --future --duplicates --bad --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa sink']='--color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa sink postgres']='--table --raw --create --no-create --drain --batch --linger -g --group --stats -s --store -b --brokers --bootstrap-server -X --property -F --properties --timeout --json --ndjson --csv --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa sink sqlite']='--table --raw --create --no-create --drain --batch --linger -g --group --stats -s --store -b --brokers --bootstrap-server -X --property -F --properties --timeout --json --ndjson --csv --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa store']='--color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa store migrate']='--table --raw -s --store --json --ndjson --csv --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa store status']='--table --raw -s --store --json --ndjson --csv --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa config']='--color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa config show']='-a --all --json --ndjson --csv --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa config path']='--json --ndjson --csv --color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa config check']='--color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa completion']='--color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
    ['kappa help']='--color -q --quiet -v --verbose --profile -h --help --help-json -V --version'
)
declare -A _kappa_values=(
    ['kappa --color']='words auto always never'
    ['kappa --profile']='ask profiles'
    ['kappa simulate -r']='none'
    ['kappa simulate --rate']='none'
    ['kappa simulate -n']='none'
    ['kappa simulate --count']='none'
    ['kappa simulate --duration']='none'
    ['kappa simulate --start']='none'
    ['kappa simulate --seed']='none'
    ['kappa simulate --format']='words reading snapshot'
    ['kappa simulate --boreholes']='none'
    ['kappa simulate -i']='words water_standpipe piezometer settlement_marker extensometer strain_gauge'
    ['kappa simulate --instrument']='words water_standpipe piezometer settlement_marker extensometer strain_gauge'
    ['kappa simulate --shape']='words site uniform'
    ['kappa simulate --jitter']='none'
    ['kappa simulate --late']='none'
    ['kappa simulate --future']='none'
    ['kappa simulate --duplicates']='none'
    ['kappa simulate --bad']='none'
    ['kappa simulate --color']='words auto always never'
    ['kappa simulate --profile']='ask profiles'
    ['kappa simulate serve --listen']='none'
    ['kappa simulate serve -r']='none'
    ['kappa simulate serve --rate']='none'
    ['kappa simulate serve -n']='none'
    ['kappa simulate serve --count']='none'
    ['kappa simulate serve --duration']='none'
    ['kappa simulate serve --start']='none'
    ['kappa simulate serve --seed']='none'
    ['kappa simulate serve --format']='words reading snapshot'
    ['kappa simulate serve --boreholes']='none'
    ['kappa simulate serve -i']='words water_standpipe piezometer settlement_marker extensometer strain_gauge'
    ['kappa simulate serve --instrument']='words water_standpipe piezometer settlement_marker extensometer strain_gauge'
    ['kappa simulate serve --shape']='words site uniform'
    ['kappa simulate serve --jitter']='none'
    ['kappa simulate serve --late']='none'
    ['kappa simulate serve --future']='none'
    ['kappa simulate serve --duplicates']='none'
    ['kappa simulate serve --bad']='none'
    ['kappa simulate serve --color']='words auto always never'
    ['kappa simulate serve --profile']='ask profiles'
    ['kappa simulate users -r']='none'
    ['kappa simulate users --rate']='none'
    ['kappa simulate users -n']='none'
    ['kappa simulate users --count']='none'
    ['kappa simulate users --duration']='none'
    ['kappa simulate users --start']='none'
    ['kappa simulate users --seed']='none'
    ['kappa simulate users --format']='words reading snapshot'
    ['kappa simulate users --boreholes']='none'
    ['kappa simulate users -i']='words water_standpipe piezometer settlement_marker extensometer strain_gauge'
    ['kappa simulate users --instrument']='words water_standpipe piezometer settlement_marker extensometer strain_gauge'
    ['kappa simulate users --shape']='words site uniform'
    ['kappa simulate users --jitter']='none'
    ['kappa simulate users --late']='none'
    ['kappa simulate users --future']='none'
    ['kappa simulate users --duplicates']='none'
    ['kappa simulate users --bad']='none'
    ['kappa simulate users --color']='words auto always never'
    ['kappa simulate users --profile']='ask profiles'
    ['kappa simulate lines -r']='none'
    ['kappa simulate lines --rate']='none'
    ['kappa simulate lines -n']='none'
    ['kappa simulate lines --count']='none'
    ['kappa simulate lines --duration']='none'
    ['kappa simulate lines --start']='none'
    ['kappa simulate lines --seed']='none'
    ['kappa simulate lines --format']='words reading snapshot'
    ['kappa simulate lines --boreholes']='none'
    ['kappa simulate lines -i']='words water_standpipe piezometer settlement_marker extensometer strain_gauge'
    ['kappa simulate lines --instrument']='words water_standpipe piezometer settlement_marker extensometer strain_gauge'
    ['kappa simulate lines --shape']='words site uniform'
    ['kappa simulate lines --jitter']='none'
    ['kappa simulate lines --late']='none'
    ['kappa simulate lines --future']='none'
    ['kappa simulate lines --duplicates']='none'
    ['kappa simulate lines --bad']='none'
    ['kappa simulate lines --color']='words auto always never'
    ['kappa simulate lines --profile']='ask profiles'
    ['kappa sink --color']='words auto always never'
    ['kappa sink --profile']='ask profiles'
    ['kappa sink postgres --table']='none'
    ['kappa sink postgres --batch']='none'
    ['kappa sink postgres --linger']='none'
    ['kappa sink postgres -g']='ask groups'
    ['kappa sink postgres --group']='ask groups'
    ['kappa sink postgres -s']='none'
    ['kappa sink postgres --store']='none'
    ['kappa sink postgres -b']='none'
    ['kappa sink postgres --brokers']='none'
    ['kappa sink postgres --bootstrap-server']='none'
    ['kappa sink postgres -X']='none'
    ['kappa sink postgres --property']='none'
    ['kappa sink postgres -F']='file'
    ['kappa sink postgres --properties']='file'
    ['kappa sink postgres --timeout']='none'
    ['kappa sink postgres --color']='words auto always never'
    ['kappa sink postgres --profile']='ask profiles'
    ['kappa sink postgres …']='ask topics'
    ['kappa sink sqlite --table']='none'
    ['kappa sink sqlite --batch']='none'
    ['kappa sink sqlite --linger']='none'
    ['kappa sink sqlite -g']='ask groups'
    ['kappa sink sqlite --group']='ask groups'
    ['kappa sink sqlite -s']='none'
    ['kappa sink sqlite --store']='none'
    ['kappa sink sqlite -b']='none'
    ['kappa sink sqlite --brokers']='none'
    ['kappa sink sqlite --bootstrap-server']='none'
    ['kappa sink sqlite -X']='none'
    ['kappa sink sqlite --property']='none'
    ['kappa sink sqlite -F']='file'
    ['kappa sink sqlite --properties']='file'
    ['kappa sink sqlite --timeout']='none'
    ['kappa sink sqlite --color']='words auto always never'
    ['kappa sink sqlite --profile']='ask profiles'
    ['kappa sink sqlite …']='ask topics'
    ['kappa store --color']='words auto always never'
    ['kappa store --profile']='ask profiles'
    ['kappa store migrate --table']='none'
    ['kappa store migrate -s']='none'
    ['kappa store migrate --store']='none'
    ['kappa store migrate --color']='words auto always never'
    ['kappa store migrate --profile']='ask profiles'
    ['kappa store status --table']='none'
    ['kappa store status -s']='none'
    ['kappa store status --store']='none'
    ['kappa store status --color']='words auto always never'
    ['kappa store status --profile']='ask profiles'
    ['kappa config --color']='words auto always never'
    ['kappa config --profile']='ask profiles'
    ['kappa config show --color']='words auto always never'
    ['kappa config show --profile']='ask profiles'
    ['kappa config path --color']='words auto always never'
    ['kappa config path --profile']='ask profiles'
    ['kappa config check --color']='words auto always never'
    ['kappa config check --profile']='ask profiles'
    ['kappa completion --color']='words auto always never'
    ['kappa completion --profile']='ask profiles'
    ['kappa completion …']='words bash zsh fish'
    ['kappa help --color']='words auto always never'
    ['kappa help --profile']='ask profiles'
    ['kappa help …']='ask commands'
)

_kappa() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local path=kappa word index kind='' options_ended=''
    COMPREPLY=()
    # `--name=value` arrives as three words.
    if [[ $current == '=' ]]; then
        current=''
    elif [[ $previous == '=' && $COMP_CWORD -ge 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $word == '--' ]]; then
            options_ended=yes
        elif [[ -n ${_kappa_values["$path $word"]+set} && -z $options_ended ]]; then
            [[ ${COMP_WORDS[index + 1]} == '=' ]] && ((index++))
            ((index++))
        elif [[ $word != -* && " ${_kappa_commands[$path]-} " == *" $word "* ]]; then
            path+=" $word"
        fi
    done
    if [[ -n ${_kappa_values["$path $previous"]+set} && -z $options_ended ]]; then
        kind=${_kappa_values["$path $previous"]}
    elif [[ $current == -* && -z $options_ended ]]; then
        kind="words ${_kappa_options[$path]-}"
    elif [[ -n ${_kappa_commands[$path]-} ]]; then
        kind="words ${_kappa_commands[$path]}"
    else
        kind=${_kappa_values["$path …"]-none}
    fi
    case $kind in
        'words '*) mapfile -t COMPREPLY < <(compgen -W "${kind#words }" -- "$current") ;;
        'ask '*)
            mapfile -t COMPREPLY < <(
                compgen -W "$("${COMP_WORDS[0]}" __complete "${kind#ask }" -- "${COMP_WORDS[@]:1}" 2> /dev/null)" \
                    -- "$current")
            ;;
        file) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        directory) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    esac
}

complete -F _kappa kappa
