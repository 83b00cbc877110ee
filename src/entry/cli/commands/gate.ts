// `plimsoll gate serve|check|manifests|containerd`: images run where something is proved of them, and else do not. One
// decision behind all doors (engines/gate); docs/guide/gate.md describes the policy.
import { argument, type CliCommand } from '../command.ts';
import { checkChoice } from '../option.ts';
import { defineOutput } from '../output.ts';
import { checkFormats, checkGate } from './gate/check.ts';
import { verifyForContainerd } from './gate/containerd.ts';
import { printManifests } from './gate/manifests.ts';
import { serveGate } from './gate/serve.ts';

const ACTIONS = {
  serve: serveGate,
  check: checkGate,
  manifests: printManifests,
  containerd: verifyForContainerd,
};

export const gateCommand: CliCommand = {
  define(command) {
    defineOutput(
      command
        .argument('<action>', 'serve, check, manifests or containerd')
        .argument('<policy>', 'the gate policy, as gate.yaml')
        .argument(
          '[subject...]',
          'check: an image, or a YAML or JSON file of workloads (- for standard input)',
        )
        .option('--namespace <name>', 'check: the namespace; manifests: the gate’s own')
        .option('--user <name>', 'check: who asks, where a glass is to be broken')
        .option('--tags', 'check: deny tags too, as the webhook does where nothing has written digests')
        .option('--image <image>', 'manifests: the image of Plimsoll that the cluster runs')
        .option(
          '--ca <file>',
          'manifests: who issued the gate’s certificate; cert-manager makes one where absent',
        )
        .option('--part <address>', 'manifests: the instance that it asks as a part of, without a login')
        .option('--only-validate', 'manifests: without the webhook that writes digests'),
      checkFormats,
    ).addHelpText(
      'after',
      '\nserve answers over HTTPS: --listen HOST:PORT, --tls-certificate FILE,\n' +
        '--tls-key FILE, and --tls-client-authority FILE where only clients with a\n' +
        'certificate may ask. containerd takes the verifier’s own flags behind --.\n' +
        '\nExit codes of check and containerd: 0 it may run, 2 it would be denied.\n' +
        '\nExamples:\n  plimsoll gate check gate.yaml images.example.org/acme/app:1.0\n' +
        '  plimsoll gate check gate.yaml deployment.yaml\n' +
        '  plimsoll gate manifests gate.yaml --image images.example.org/plimsoll:1\n' +
        '  plimsoll gate containerd gate.yaml -- -name IMAGE -digest DIGEST …',
    );
  },
  run(world, input) {
    const names = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];
    return ACTIONS[checkChoice('the action', argument(input, 0), names)](world, input);
  },
};
