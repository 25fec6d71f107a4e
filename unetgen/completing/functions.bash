# What follows "$1" among files of some endings, and folders on the way to them.
_unetgen_files() {
  local word=$1 ending
  shift
  for ending in "$@"; do
    compgen -f -X "!*$ending" -- "$word"
  done
  compgen -d -- "$word"
}

_unetgen_file_config() {
  compgen -W "$_unetgen_names" -- "$1"
  _unetgen_files "$1" .yaml
}

_unetgen_file_run() { _unetgen_files "$1" .yaml; }
_unetgen_file_model() { _unetgen_files "$1" .keras; }
_unetgen_file_json() { _unetgen_files "$1" .json; }

_unetgen_file_model_or_config() {
  _unetgen_file_config "$1"
  _unetgen_files "$1" .keras
}

# A config, and behind the first one overrides too.
_unetgen_file_config_or_override() {
  local word count=0
  for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
    [[ $word == -* || $word == *=* ]] || count=1
  done
  [[ $1 == *=* ]] || _unetgen_file_config "$1"
  [[ $count = 0 ]] || _unetgen_override "$1"
}

_unetgen_override() {
  local -a words=("${COMP_WORDS[@]}")
  if [[ " ${words[*]} " == *" --task train "* ]]; then
    _unetgen_run_override "$1"
  else
    _unetgen_fields_in "$_unetgen_fields" "$1" ""
  fi
}

_unetgen_run_override() {
  if [[ $1 == model.* ]]; then
    _unetgen_fields_in "$_unetgen_fields" "${1#model.}" "model."
  else
    _unetgen_fields_in "$_unetgen_run_fields" "$1" ""
  fi
}

# The fields of the table $1 that go on as $2 does, up to the next dot, or its values; each begins with $3.
_unetgen_fields_in() {
  local word=$2 before=$3 line path values head value last=
  while [[ $word == [+~]* ]]; do
    before=$before${word:0:1} word=${word:1}
  done
  if [[ $word == *=* ]]; then
    path=${word%%=*} value=${word#*=}
    head=${value%"${value##*[,\[]}"} value=${value##*[,\[]}
    while IFS= read -r line; do
      [[ $line == "$path="* ]] || continue
      for values in ${line#*=}; do
        [[ $values == "$value"* ]] && echo "$before$path=$head$values"
      done
    done <<< "$1"
    return
  fi
  while IFS= read -r line; do
    path=${line%%=*}
    [[ $path == "$word"* ]] || continue
    head=${path#"$word"}
    if [[ $head == *.* ]]; then
      head=$word${head%%.*}.
      [[ $head == "$last" ]] || echo "$before$head"
      last=$head
    else
      echo "$before$path="
    fi
  done <<< "$1"
}

# Bash takes words apart at = and :, as COMP_WORDBREAKS says. Here they are whole again.
_unetgen_whole_words() {
  local rest=$COMP_LINE word glued=0 index whole=0 current=0
  local -a words=()
  for ((index = 0; index < ${#COMP_WORDS[@]}; index++)); do
    word=${COMP_WORDS[index]}
    glued=1
    while [[ $rest == [[:blank:]]* ]]; do
      rest=${rest:1} glued=0
    done
    rest=${rest#"$word"}
    if [[ $index = 0 ]]; then
      words[0]=$word
    elif [[ $glued = 1 ]]; then
      words[whole]=${words[whole]}$word
    else
      whole=$((whole + 1))
      words[whole]=$word
    fi
    [[ $index = "$COMP_CWORD" ]] && current=$whole
  done
  COMP_WORDS=("${words[@]}")
  COMP_CWORD=$current
}
