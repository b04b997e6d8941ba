import { EXPORT_FORMATS } from './export/formats.ts';
import { FIELDS } from './import/event-fields.ts';
import { FORMATS } from './import/formats.ts';
import { UsageError } from './usage-error.ts';

/** What an option of the command line is called, and what it says of itself. */
interface Option {
  name: string;
  syntax: string;
  about: string;
}

const option = (syntax: string, about: string): Option => ({
  ...{ syntax, about },
  name: /--([a-z-]+)/.exec(syntax)?.[1] ?? '',
});

const list = (all: readonly { name: string }[]): string => all.map(({ name }) => name).join(', ');

const INTO = option('--into URL', 'a database instead of the one that DATABASE_URL names');

/** How files are read. */
const OF_READING = [
  option('--format NAME', `${list(FORMATS)}; told by the content otherwise`),
  option(
    '--map FIELD=COLUMN',
    `which column a field is in, for tables; again for each field: ${Object.keys(FIELDS).join(', ')}`,
  ),
  option('--dates dmy|mdy', 'which comes first in dates such as 03/04/2016'),
];

/** What becomes of files in a database. */
const OF_IMPORTS = [
  option('--dataset NAME', 'what the files are a release of; each file’s name otherwise'),
  option('--reason TEXT', 'why, for who reads what was corrected; the files’ names otherwise'),
  option('--replace', 'removes what vanished from a dataset, instead of marking it as retracted'),
];

const DRY_RUN = option('--dry-run', 'tries everything and keeps nothing');

const OF_EXPORTS = [
  option('--format NAME', list(EXPORT_FORMATS)),
  option('--filter PARAMETERS', "which events, as in the address of the page: 'q=ceasefire&from=2016-09'"),
  option('-o, --output FILE', 'where to, instead of standard output'),
];

const OF_TOKENS = [
  option('--name NAME', 'whose a new token is'),
  option('--role reader|editor|owner', 'may read drafts; write; import through the server too'),
  option('--expires DATE', 'from when on it holds no more; for ever otherwise'),
];

const FILES =
  'A file is a path, an address on the web (https://…), or - for standard input; gzip is read as it is.';
const SET_ASIDE =
  'Rows that cannot be events are told with line, column, value and reason, and are no failure.';

/** A command, its lines of help, and the options that it has. */
interface Command {
  /** How it is called, and what it does. */
  calls: [usage: string, about: string][];
  options: Option[];
  /** What else there is to know. */
  notes: string[];
}

/** All commands, in the order in which help lists them. */
const COMMANDS = {
  serve: {
    calls: [
      ['dateline [serve]', 'serves the built-in atlas, or the one that ATLAS names'],
      ['dateline [serve] FILE…', 'puts events of files on a map, and forgets them when it ends'],
    ],
    options: [...OF_READING, ...OF_IMPORTS, INTO],
    notes: [FILES, SET_ASIDE],
  },
  import: {
    calls: [['dateline import FILE…', 'puts events into the database that DATABASE_URL names']],
    options: [...OF_READING, ...OF_IMPORTS, INTO, DRY_RUN],
    notes: [
      FILES,
      `${SET_ASIDE} They are in FILE.rejects.csv then, to be put right and imported.`,
      'All files are in when it ends, or none: whatever interrupts it leaves the database as it was.',
    ],
  },
  check: {
    calls: [['dateline check FILE…', 'says what would become of a file']],
    options: OF_READING,
    notes: [FILES, SET_ASIDE],
  },
  info: {
    calls: [['dateline info', 'says what the database holds']],
    options: [INTO],
    notes: [],
  },
  export: {
    calls: [['dateline export', 'writes the events of the database as a file']],
    options: [...OF_EXPORTS, INTO],
    notes: ['A file is there when it is whole. What reads standard output may stop when it has seen enough.'],
  },
  token: {
    calls: [['dateline token create', 'makes a token for who writes the atlas; token list, token revoke ID']],
    options: [...OF_TOKENS, INTO],
    notes: ['A token is shown once, when it is made.'],
  },
  backup: {
    calls: [
      ['dateline backup FILE', 'writes all that the database holds to a new file, while it is served too'],
    ],
    options: [INTO],
    notes: [],
  },
  restore: {
    calls: [['dateline restore FILE', 'puts a backup in the place of what the database holds']],
    options: [INTO],
    notes: [],
  },
} satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

const SETTINGS = 'Settings are environment variables: PORT, HOST, DATABASE_URL and more, see the README.';
const ENDS =
  'Ends with 0 when it was done, 1 when it cannot be done, 2 when the command is wrong; the reason is on standard error.';

export const isCommand = (name: string | null): name is CommandName =>
  COMMAND_NAMES.some((each) => each === name);

/** The help of a command; of all of them where none is named, or none has that name. */
export function helpOf(name: string | null): string {
  const command = isCommand(name) ? COMMANDS[name] : null;
  if (command) return textOf(command.calls, command.options, [...command.notes, SETTINGS, ENDS]);
  return [
    'dateline: reported events on a map, with who reported what\n',
    ...Object.values(COMMANDS).flatMap(({ calls }) => calls.map(([usage, about]) => line(usage, about))),
    '\nOptions for files',
    ...[...OF_READING, ...OF_IMPORTS, DRY_RUN, INTO].map(optionLine),
    line(
      '-',
      'instead of a file is standard input; gzip is read as it is, and a file on the web by its address, https://…',
    ),
    '\nOptions for export',
    ...OF_EXPORTS.map(optionLine),
    '\nOptions for tokens',
    ...OF_TOKENS.map(optionLine),
    `\nMore of a command: dateline COMMAND --help; the program’s version: dateline --version.`,
    SETTINGS,
    ENDS,
  ].join('\n');
}

function textOf(calls: Command['calls'], options: readonly Option[], notes: readonly string[]): string {
  return [
    ...calls.map(([usage, about]) => line(usage, about)),
    ...(options.length > 0 ? ['\nOptions', ...options.map(optionLine)] : []),
    '',
    ...notes,
  ].join('\n');
}

/** @throws UsageError for an option that a command does not have, which would do nothing */
export function checkOptions(command: CommandName, given: readonly string[]): void {
  const known: readonly Option[] = COMMANDS[command].options;
  for (const name of given)
    if (!known.some((each) => each.name === name))
      throw new UsageError(
        `--${name} is no option of ${command}. It has ${known.length === 0 ? 'none' : known.map((each) => `--${each.name}`).join(', ')}; see dateline ${command} --help.`,
      );
}

const optionLine = ({ syntax, about }: Option): string => line(syntax, about);

/** In characters: where what something means begins, and where a line ends. */
const [MEANING, WIDTH] = [33, 105];

/** Something and what it means, beside it and below. */
function line(what: string, about: string): string {
  const lines = [''];
  for (const word of about.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && MEANING + last.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return `  ${what.padEnd(MEANING - 3)} ${lines.join(`\n${' '.repeat(MEANING)}`)}`;
}
