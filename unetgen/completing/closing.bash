
_unetgen() {
  local before=${COMP_WORDBREAKS//[^=:]/} word head index
  local -a COMP_WORDS=("${COMP_WORDS[@]}")
  local COMP_CWORD=$COMP_CWORD
  _unetgen_whole_words
  word=${COMP_WORDS[COMP_CWORD]}
  if [[ $word == [\'\"]* ]]; then
    word=${word:1}
    COMP_WORDS[COMP_CWORD]=$word
    before=
  fi
  _shtab_unetgen "$@"
  # What stands before the last break is on the line already.
  head=
  [[ $before && $word == *[$before]* ]] && head=${word%"${word##*[$before]}"}
  for ((index = 0; index < ${#COMPREPLY[@]}; index++)); do
    # A field goes on behind these, and a list until it is closed.
    [[ ${COMPREPLY[index]} == *[=.,] || $word == *=*[\[{]* ]] && compopt -o nospace 2>/dev/null
    COMPREPLY[index]=${COMPREPLY[index]#"$head"}
  done
  return 0
}

complete -o bashdefault -F _unetgen unetgen
