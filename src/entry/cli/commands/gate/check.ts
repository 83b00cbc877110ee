// `plimsoll gate check`: what the gate would say of an image or of the workloads in a file, and nothing more. Exit code
// 2 where one of them would be denied, a dry run included.
import type { GateDecision, ImageDecision } from '../../../../engines/gate/gate.ts';
import { readYaml } from '../../../../engines/policy/yaml-text.ts';
import { readWorkload } from '../../../../formats/kubernetes/workload.ts';
import { decodeUtf8 } from '../../../../kit/bytes.ts';
import { isJsonObject } from '../../../../kit/json.ts';
import { limits } from '../../../../kit/limits.ts';
import { argument, type CommandInput, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { readOutput, writeOutput } from '../../output.ts';
import { printable } from '../../printable.ts';
import type { CliWorld } from '../../world.ts';
import { loadGate } from './load.ts';

export const checkFormats = ['text', 'json'] as const;

interface Asked {
  readonly name: string;
  readonly namespace: string;
  readonly annotations: ReadonlyMap<string, string>;
  readonly images: readonly { readonly image: string; readonly place: string }[];
}

interface Answer {
  readonly asked: Asked;
  readonly decision: GateDecision;
}

export async function checkGate(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const subject = input.args[2];
  if (subject === undefined)
    throw cliErrors.usage('`gate check` needs an image, or a file of workloads, behind the gate policy');
  const output = readOutput(input, checkFormats);
  const gate = await loadGate(world, argument(input, 1));
  const namespace = textOption(input, 'namespace') ?? 'default';
  const asked = isFile(subject)
    ? await readFile(world, subject, namespace)
    : [
        {
          name: '',
          namespace,
          annotations: new Map<string, string>(),
          images: [{ image: subject, place: '' }],
        },
      ];
  const answers: Answer[] = [];
  for (const one of asked) {
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(limits.gateAnswerMs)]);
    const user = { name: textOption(input, 'user') ?? '', groups: [] };
    answers.push({
      asked: one,
      decision: await gate.judge({ ...one, user, pins: input.options.tags !== true }, signal),
    });
  }
  const isDenied = answers.some(({ decision }) =>
    decision.images.some(({ because }) => because === 'denied' || because === 'dry-run'),
  );
  await writeOutput(world, output, (format) =>
    format === 'json' ? formatJson(answers) : formatText(answers),
  );
  return isDenied ? exitCodes.no : exitCodes.yes;
}

function formatJson(answers: readonly Answer[]): string {
  const shown = answers.map(({ asked: { name, namespace }, decision }) => ({ name, namespace, ...decision }));
  return `${JSON.stringify(shown, null, 2)}\n`;
}

function formatText(answers: readonly Answer[]): string {
  return answers
    .flatMap(({ asked, decision }) => decision.images.map((image) => line(asked, image)))
    .join('');
}

const WORDS: Readonly<Record<ImageDecision['because'], string>> = {
  passed: 'passes',
  exempt: 'is exempt',
  off: 'is not looked at',
  'dry-run': 'would be denied',
  'break-glass': 'is let in by a broken glass',
  'allowed-unproved': 'is let in unproved',
  denied: 'is denied',
};

function line({ name, namespace }: Asked, decision: ImageDecision): string {
  const { image, because, reasons, rule, pinned, place } = decision;
  const where = [name === '' ? '' : `${namespace}/${name}`, place].filter((one) => one !== '').join(' ');
  const head = `${where === '' ? '' : `${where}: `}${image} ${WORDS[because]}${rule === undefined ? '' : ` (${rule})`}`;
  const more = reasons.flatMap(({ sentence, fix }) => [
    sentence,
    ...(fix === undefined ? [] : [`Fix: ${fix}`]),
  ]);
  const isNews = decision.isAllowed && pinned !== undefined && pinned !== image;
  const digest = isNews ? [`With its digest: ${pinned}`] : [];
  const under = [...more, ...decision.warnings, ...digest].map((one) => `  ${one}`);
  return `${[head, ...under].map(printable).join('\n')}\n`;
}

function isFile(subject: string): boolean {
  return subject === '-' || /\.(?:ya?ml|json)$/i.test(subject);
}

/** Several documents are divided as kubectl divides them. */
async function readFile(world: CliWorld, file: string, namespace: string): Promise<readonly Asked[]> {
  const bytes = await world.readDocument(file, limits.admissionReviewBytes);
  const text = decodeUtf8(bytes);
  if (text === undefined) throw cliErrors.option_invalid(`${file} is not UTF-8 text`);
  return text
    .split(/^---(?:[ \t].*)?$/m)
    .filter((one) => /^[^#\s]/m.test(one))
    .map((one, at) => {
      const { errors, value } = readYaml(one);
      const [error] = errors;
      const where = `document ${at + 1} of ${file}`;
      if (error !== undefined) throw cliErrors.option_invalid(`${where}, line ${error.line}: ${error.text}`);
      if (!isJsonObject(value)) throw cliErrors.option_invalid(`${where} is no object of Kubernetes`);
      const workload = readWorkload(value);
      return { ...workload, namespace: workload.namespace || namespace };
    });
}
