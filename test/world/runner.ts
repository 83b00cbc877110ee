// The part of a forge's runner that an action sees: inputs with their defaults from action.yml, the variables and
// files of a job, and what of the log the runner takes as a command (GitHub's documentation, "Workflow commands").
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../house.ts';
import { type ForgeServer, project, pullNumber } from './forges.ts';

export interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly default?: unknown; readonly required?: boolean }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export function readActionFile(): ActionFile {
  return parse(readFileSync(join(root, 'actions/scan/action.yml'), 'utf8')) as ActionFile;
}

export interface Step {
  readonly with: Readonly<Record<string, string>>;
  /** Of the job; the runner's own files lie here too. */
  readonly folder: string;
  /** Where comments go; nowhere where absent. */
  readonly forge?: ForgeServer;
  /** The payload; a pull request of the same repository where absent. */
  readonly event?: unknown;
  readonly matrix?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  /** The action's folder, where it is not this one. */
  readonly action?: string;
}

export interface SeenCommand {
  readonly name: string;
  readonly properties: string;
  readonly text: string;
}

export interface StepEnd {
  readonly exitCode: number | null;
  readonly log: string;
  /** What the runner did because the log said so. */
  readonly commands: readonly SeenCommand[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

export function pullRequestEvent(head = project): unknown {
  return {
    pull_request: {
      number: pullNumber,
      head: { repo: { full_name: head } },
      base: { repo: { full_name: project } },
    },
  };
}

export async function runStep(step: Step): Promise<StepEnd> {
  mkdirSync(join(step.folder, 'temp'), { recursive: true });
  const file = (name: string): string => join(step.folder, name);
  writeFileSync(file('event.json'), JSON.stringify(step.event ?? pullRequestEvent()));
  for (const name of ['output', 'summary']) writeFileSync(file(name), '');
  const child = spawn(process.execPath, [join(step.action ?? join(root, 'actions/scan'), 'main.js')], {
    cwd: step.folder,
    env: {
      PATH: process.env.PATH,
      HOME: step.folder,
      ...variables(step, file),
      ...inputs(step),
      ...step.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return {
    exitCode,
    log,
    commands: readCommands(log),
    outputs: readOutputs(readFileSync(file('output'), 'utf8')),
    summary: existsSync(file('summary')) ? readFileSync(file('summary'), 'utf8') : '',
  };
}

function variables({ folder, forge }: Step, file: (name: string) => string): Record<string, string> {
  return {
    CI: 'true',
    GITHUB_ACTION: '__self',
    GITHUB_API_URL: forge?.apiUrl ?? 'http://127.0.0.1:1/api/v3',
    GITHUB_EVENT_PATH: file('event.json'),
    GITHUB_JOB: 'build',
    GITHUB_OUTPUT: file('output'),
    GITHUB_REPOSITORY: project,
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_NUMBER: '12',
    GITHUB_SERVER_URL: 'https://forge.example.org',
    GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_WORKFLOW: 'Images',
    RUNNER_TEMP: file('temp'),
    RUNNER_TOOL_CACHE: join(folder, 'tools'),
  };
}

function inputs(step: Step): Record<string, string> {
  const { inputs: declared } = readActionFile();
  const expressions: Readonly<Record<string, string>> = {
    '${{ github.token }}': step.forge?.token ?? '',
    '${{ toJson(matrix) }}': JSON.stringify(step.matrix ?? null),
    '${{ job.check_run_id }}': '99',
  };
  const unknown = Object.keys(step.with).find((name) => declared[name] === undefined);
  if (unknown !== undefined) throw new Error(`the action has no input ${unknown}`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, { default: fallback = '' }]) => {
      const value = step.with[name] ?? expressions[String(fallback)] ?? String(fallback);
      return [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value];
    }),
  );
}

/** Both syntaxes, and `stop-commands`: until its word comes back, a line is text. */
function readCommands(log: string): SeenCommand[] {
  const seen: SeenCommand[] = [];
  let stop: string | undefined;
  for (const line of log.split(/\r\n|\r|\n/)) {
    const match =
      /^\s*::([^\s:]+)(?: (.*?))?::(.*)$/.exec(line) ?? /^.*?##\[(\S+?)(?: (.*?))?\](.*)$/.exec(line);
    if (match === null) continue;
    const [, name = '', properties = '', text = ''] = match;
    if (stop !== undefined) {
      if (name === stop) stop = undefined;
      continue;
    }
    if (name === 'stop-commands') stop = text;
    else seen.push({ name, properties: readEscapes(properties), text: readEscapes(text) });
  }
  return seen;
}

function readEscapes(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}

/** `NAME<<WORD`, lines, `WORD`. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  while (lines.length > 0) {
    const head = lines.shift() as string;
    if (head === '') continue;
    const [name = '', word = ''] = head.split('<<');
    const end = lines.indexOf(word);
    if (word === '' || end < 0) throw new Error(`not an output: ${head}`);
    outputs[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return outputs;
}
