// The settings of witnesses: rows of the table in settings.ts.
import type { Setting } from './setting.ts';

export const witnessSettings = Object.freeze({
  witnessAsk: row({
    key: 'witness.ask',
    flag: '--witness-ask',
    env: 'PLIMSOLL_WITNESS_ASK',
    meaning:
      'File of the witnesses that cosign this server’s logs (C2SP tlog-policy: `witness NAME KEY URL` each, and a quorum).',
    read: (text) => ({ value: text }),
  }),
  witnessLogs: row({
    key: 'witness.logs',
    flag: '--witness-logs',
    env: 'PLIMSOLL_WITNESS_LOGS',
    meaning:
      'File of the logs that this server witnesses (C2SP tlog-policy: `log KEY` each, and `quorum none`); without it it is no witness.',
    read: (text) => ({ value: text }),
  }),
});

function row(setting: Setting<string>): Setting<string> {
  return Object.freeze(setting);
}
