// `plimsoll trust`: whose signatures this machine believes, and the authority of the instance whose data is here. The
// root's keys are kept where no server is: its next version travels as a file between those who hold them. Each action
// is a file in trust/ and a line in the table here.
import { argument, type CliCommand } from '../command.ts';
import { checkChoice } from '../option.ts';
import { defineOutput } from '../output.ts';
import { addTrust } from './trust/add.ts';
import { printCeremony } from './trust/ceremony.ts';
import { certifyTrust } from './trust/certify.ts';
import { initTrust } from './trust/init.ts';
import { listTrust } from './trust/list.ts';
import { refreshTrust } from './trust/refresh.ts';
import { removeTrust } from './trust/remove.ts';
import { changeRoot } from './trust/root.ts';
import { rotateTrust } from './trust/rotate.ts';
import { showTrust, trustFormats } from './trust/show.ts';

const ACTIONS = {
  init: initTrust,
  show: showTrust,
  rotate: rotateTrust,
  certify: certifyTrust,
  root: changeRoot,
  add: addTrust,
  refresh: refreshTrust,
  list: listTrust,
  remove: removeTrust,
  ceremony: printCeremony,
};

export const trustCommand: CliCommand = {
  define(command) {
    defineOutput(command, trustFormats)
      .argument('<action>', Object.keys(ACTIONS).join(', '))
      .argument(
        '[name]',
        'add, refresh, remove: a name; root: propose, sign, apply or show; rotate: issuing, stamping, certificate-log, log, identity, bearer-token, workload, all of these; root, tuf, tag-log, witness; certify: the file',
      )
      .argument(
        '[place]',
        'add: the address of an instance or repository; root, rotate: the file that travels',
      )
      .option(
        '--root-folder <folder>',
        'init: where the root’s keys go, as a stick; in the data folder where absent; certify: where they are',
      )
      .option('--root-keys <count>', 'init: how many keys the root of the TUF repository has', '1')
      .option('--root-threshold <count>', 'init: how many of them must sign a next root', '1')
      .option('--root <file>', 'add: the root.json to begin with')
      .option('--root-checksum <sha256:hex>', 'add: the checksum of the first root, from whoever runs it')
      .option('--add-key <[holder=]file...>', 'root propose: a public key in PEM becomes a root key')
      .option('--remove-key <id...>', 'root propose: the beginning of a root key’s id')
      .option('--threshold <count>', 'root propose: how many root keys must sign')
      .option(
        '--online-key <role=file...>',
        'root propose: a public key that signs targets, snapshot or timestamp',
      )
      .option('--expires <age>', 'root propose: how long it holds, as 365d', '365d')
      .option('--key <key>', 'root sign: the private key, a file or where it is kept')
      .option('--root-key <key>', 'certify: the root’s key where it is in no folder, as hashivault://root')
      .option('--new-root', 'certify: make the new root that the file asks for, its key in --root-folder')
      .option('--new-root-key <key>', 'certify: the same of a key that is there, as hashivault://root-2')
      .option(
        '--without-endorsement [sha256]',
        'certify, rotate: the former root’s key is lost; rotate: which new root is taken without its word',
      )
      .option('--passphrase-stdin', 'root sign, certify: read the key’s passphrase from standard input')
      .option('-y, --yes', 'root sign, add, certify: do not ask')
      .option('--host <host>', 'rotate: the instance; PLIMSOLL_INSTANCE where absent')
      .option('--certified <file>', 'rotate: the file with certificates, as certify wrote it')
      .option('--at-once', 'rotate: the key is stolen; no overlap, and nothing more that it signs counts')
      .addHelpText(
        'after',
        '\nThe server does what init does at its first start: init is for having the root’s\n' +
          'keys elsewhere from the beginning. Which data folder is a setting (--data).\n' +
          '\nExamples:\n  plimsoll trust init --data /var/lib/plimsoll --root-folder /media/stick\n' +
          '  plimsoll trust show --data /var/lib/plimsoll\n' +
          '  plimsoll trust add acme https://images.example.org --root-checksum sha256:9f86d0…\n' +
          '  plimsoll trust refresh\n' +
          '  plimsoll trust root propose next-root.json --add-key "Dora=dora.pub" --threshold 2\n' +
          '  plimsoll trust root sign next-root.json --key alice.key\n' +
          '  plimsoll trust root apply next-root.json\n' +
          '  plimsoll trust rotate all renewal.json --host images.example.org\n' +
          '  plimsoll trust certify renewal.json --root-folder /media/stick\n' +
          '  plimsoll trust rotate --certified renewal.json --host images.example.org\n' +
          '  plimsoll trust rotate tuf next-root.json --host images.example.org\n' +
          '  plimsoll trust ceremony | lpr',
      );
  },
  run(world, input) {
    const names = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];
    return ACTIONS[checkChoice('the action', argument(input, 0), names)](world, input);
  },
};
