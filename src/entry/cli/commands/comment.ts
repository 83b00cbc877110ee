// `plimsoll comment`: writes Markdown into a pull request, one comment for each key, updated from then on.
// The token is a setting, never an option of its own: others can read a command line. Prints the address.
import { type ForgeKind, forgeKinds } from '../../../io/forges/forge.ts';
import { type CommentResult, putComment } from '../../../io/forges/put-comment.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { limits } from '../../../kit/limits.ts';
import { type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { exitCodes } from '../exit.ts';
import { checkChoice } from '../option.ts';
import type { CliWorld } from '../world.ts';

export const commentCommand: CliCommand = {
  define(command) {
    command
      .requiredOption('--forge <forge>', forgeKinds.join(', '))
      .option('--api-url <url>', `root of its API; default ${API_URLS.github} or ${API_URLS.gitlab}`)
      .requiredOption('--project <project>', 'OWNER/NAME; on GitLab the full path or the number')
      .requiredOption('--pull <number>', 'number of the pull request or merge request')
      .requiredOption('--key <key>', 'which comment is updated: a name of your own for each job')
      .option('--keep-previous', 'write a new comment each time and leave the earlier ones')
      .option('--link <url>', 'where all of it is, named where the forge takes only a part')
      .option('--body-file <file>', 'Markdown to write; - is standard input', '-')
      .addHelpText('after', HELP);
  },
  async run(world, input) {
    const kind = checkChoice('--forge', textOption(input, 'forge') ?? '', forgeKinds);
    const target = {
      apiUrl: chooseApiUrl(kind, textOption(input, 'apiUrl')),
      project: textOption(input, 'project') ?? '',
      number: checkPull(textOption(input, 'pull') ?? ''),
    };
    const key = checkKey(textOption(input, 'key') ?? '');
    const link = checkLink(textOption(input, 'link'));
    const markdown = await readBody(world, input);
    const forge = await world.openForge(kind, target);
    const result = await putComment(forge, {
      key,
      markdown,
      keepPrevious: isSet(input, 'keepPrevious'),
      ...(link === undefined ? {} : { link }),
    });
    world.stderr.write(`${describe(result)}\n`);
    world.stdout.write(`${result.url}\n`);
    return exitCodes.yes;
  },
};

const API_URLS = Object.freeze({ github: 'https://api.github.com', gitlab: 'https://gitlab.com/api/v4' });

const HELP = `
The token is taken from PLIMSOLL_FORGE_TOKEN. It needs
  on GitHub: pull-requests: write
  on GitLab: a project access token with the scope api, not a job token
  on Forgejo: write:issue and read:user
The token of a pull request from a fork may only read: the command then exits
with 3, and nothing is written.

Exit codes: 0 the comment is there, 3 not allowed or not found, 1 anything else.

Examples:
  plimsoll inspect app:1.0 --format markdown | plimsoll comment \\
    --forge github --project "$GITHUB_REPOSITORY" --pull 17 --key inspect
  plimsoll comment --forge gitlab --api-url "$CI_API_V4_URL" \\
    --project "$CI_PROJECT_ID" --pull "$CI_MERGE_REQUEST_IID" \\
    --key inspect --body-file report.md --link "$CI_JOB_URL"
  plimsoll comment --forge forgejo --api-url https://codeberg.org/api/v1 \\
    --project team/app --pull 17 --key inspect --body-file report.md`;

function chooseApiUrl(kind: ForgeKind, given: string | undefined): string {
  if (given !== undefined) return given;
  if (kind !== 'forgejo') return API_URLS[kind];
  throw cliErrors.option_invalid('--api-url is needed for forgejo: write https://HOST/api/v1');
}

function checkPull(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw cliErrors.option_invalid(`--pull is the number of the pull request; "${text}" is none`);
}

function checkKey(text: string): string {
  if (text.trim() !== '' && text.length <= KEY_CHARS) return text;
  throw cliErrors.option_invalid(`--key is a name of 1 to ${KEY_CHARS} characters`);
}

function checkLink(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isWeb = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (isWeb && url.href.length <= LINK_CHARS) return url.href;
  throw cliErrors.option_invalid(
    `--link is a web address of at most ${LINK_CHARS} characters, e.g. https://HOST/PATH`,
  );
}

async function readBody(world: CliWorld, input: CommandInput): Promise<string> {
  const file = textOption(input, 'bodyFile') ?? '-';
  const place = file === '-' ? 'standard input' : file;
  const text = decodeUtf8(await world.readDocument(file, limits.inputTextBytes));
  if (text === undefined) throw cliErrors.option_invalid(`--body-file: ${place} is not UTF-8 text`);
  if (text.trim() !== '') return text;
  throw cliErrors.option_invalid(`--body-file takes the comment’s text from ${place}, which is empty`);
}

function describe({ kind, deleted }: CommentResult): string {
  const words = {
    created: 'Wrote a new comment',
    updated: 'Updated the comment',
    unchanged: 'The comment says this already; nothing was written',
  };
  const gone = deleted === 0 ? '' : `; deleted ${deleted} older ${deleted === 1 ? 'one' : 'ones'} of its key`;
  return `${words[kind]}${gone}`;
}

/** A key's marker, escaped, stays under a tenth of the smallest comment. */
const KEY_CHARS = 200;
/** As long as browsers and servers agree on. */
const LINK_CHARS = 2_000;
