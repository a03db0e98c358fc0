/**
 * `sessdoctor completion SHELL`: a completion script, made from the tables of commands and options.
 *
 * @module
 */
import { UsageError } from '../../config/errors.ts';
import type { Command, CommandRow, Terminal } from '../command.ts';
import { commands } from './index.ts';

type Words = readonly {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly string[];
}[];

const shells: Readonly<Record<string, (words: Words) => string>> = { bash, zsh, fish };

export const command: Command = {
  args: '<shell>',
  options: [],
  examples: [
    'source <(sessdoctor completion bash)',
    'sessdoctor completion zsh > "${fpath[1]}/_sessdoctor"',
    'sessdoctor completion fish > ~/.config/fish/completions/sessdoctor.fish',
  ],
  async run(args, _flags, terminal: Terminal) {
    const script = shells[args[0] ?? ''];
    if (!script)
      throw new UsageError(`no completion for that shell; known: ${Object.keys(shells).join(', ')}`);
    await terminal.write(script(await Promise.all(commands.map(wordsOf))));
    return 0;
  },
};

async function wordsOf(row: CommandRow): Promise<Words[number]> {
  const { command: loaded } = await row.load();
  return {
    name: row.name,
    summary: row.summary,
    flags: [...loaded.options.map((option) => `--${option.flag}`), '--no-color', '--help'],
  };
}

function bash(words: Words): string {
  const cases = words.map(({ name, flags }) => `    ${name}) words="${flags.join(' ')}" ;;`).join('\n');
  return `_sessdoctor() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  case "\${COMP_WORDS[1]}" in
${cases}
    *) words="${words.map(({ name }) => name).join(' ')} --help --version" ;;
  esac
  if [[ "$COMP_CWORD" -eq 1 ]]; then words="${words.map(({ name }) => name).join(' ')} --help --version"; fi
  if [[ "$current" == -* || "$COMP_CWORD" -eq 1 ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _sessdoctor sessdoctor
`;
}

function zsh(words: Words): string {
  const rows = words.map(({ name, summary }) => `    '${name}:${quote(summary)}'`).join('\n');
  const cases = words
    .map(
      ({ name, flags }) =>
        `    ${name}) _arguments '*:file:_files' ${flags.map((flag) => `'${flag}'`).join(' ')} ;;`,
    )
    .join('\n');
  return `#compdef sessdoctor
_sessdoctor() {
  local -a commands=(
${rows}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases}
  esac
}
compdef _sessdoctor sessdoctor
`;
}

function fish(words: Words): string {
  const lines = words.flatMap(({ name, summary, flags }) => [
    `complete -c sessdoctor -n __fish_use_subcommand -a ${name} -d '${quote(summary)}'`,
    ...flags.map(
      (flag) => `complete -c sessdoctor -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

function quote(text: string): string {
  return text.replaceAll("'", '');
}
