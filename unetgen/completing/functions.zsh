_unetgen_file_config() {
  _alternative "configs:bundled config:compadd -a _unetgen_names" "files:config:_files -g '*.yaml'"
}

_unetgen_file_run() { _files -g '*.yaml' }
_unetgen_file_model() { _files -g '*.keras' }
_unetgen_file_json() { _files -g '*.json' }

_unetgen_file_model_or_config() {
  _alternative "configs:bundled config:compadd -a _unetgen_names" "files:file:_files -g '*.(yaml|keras)'"
}

# A config, and behind the first one overrides too.
_unetgen_file_config_or_override() {
  local -a given=(${${${words[2,CURRENT-1]}:#-*}:#*=*})
  if [[ $PREFIX != *=* ]]; then
    _unetgen_file_config
  fi
  if (( $#given )); then
    _unetgen_override
  fi
}

_unetgen_override() {
  if [[ " ${words[*]} " == *" --task train "* ]]; then
    _unetgen_run_override
  else
    _unetgen_fields_in _unetgen_fields
  fi
}

_unetgen_run_override() {
  if compset -P 'model.'; then
    _unetgen_fields_in _unetgen_fields
  else
    _unetgen_fields_in _unetgen_run_fields
  fi
}

# The fields of the table named $1 that go on as the word does, up to the next dot, or the values of one.
_unetgen_fields_in() {
  local line name head
  local -a values parts names shown open
  compset -P '[+~]#'
  if [[ $PREFIX == *=* ]]; then
    name=${PREFIX%%=*}
    [[ $PREFIX == *[\[{]* ]] && open=(-S '')
    compset -P '*='
    compset -P '*[,\[]'
    for line in ${(M)${(P)1}:#${(b)name}$'\t'*}; do
      parts=("${(@ps:\t:)line}")
      values=(${=parts[2]})
      compadd -X "$parts[3]" "${open[@]}" -a values
    done
    return
  fi
  head=${(M)PREFIX##*.}
  for line in ${(M)${(P)1}:#${(b)head}*}; do
    parts=("${(@ps:\t:)line}")
    name=${parts[1]#$head}
    if [[ $name != *.* ]]; then
      names+=("$name=")
      shown+=("$name=  $parts[3]")
    elif [[ $names[-1] != "${name%%.*}." ]]; then
      names+=("${name%%.*}.")
      shown+=("${name%%.*}.  its fields")
    fi
  done
  compset -P '*.'
  compadd -l -S '' -d shown -a names
}
