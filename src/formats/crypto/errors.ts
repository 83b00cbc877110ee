// Codes of signed notes, checkpoints, tiles and proofs.
import { defineErrors } from '../../kit/error.ts';

export const cryptoErrors = defineErrors('crypto', {
  note_invalid: {
    kind: 'invalid',
    meaning: 'A text is not a signed note (C2SP signed-note).',
    hint: 'Check that the address is that of a log’s checkpoint, and that nothing on the way changed it.',
  },
  key_invalid: {
    kind: 'invalid',
    meaning: 'A text is not the key of a log or a witness, as NAME+ID+KEY.',
    hint: 'Copy it whole from the log’s operator; `GET /api/v1/tag-log` shows an instance’s.',
  },
  note_untrusted: {
    kind: 'untrusted',
    meaning: 'A note is not signed by the key that is trusted for it.',
    hint: 'Ask the operator, by another way than this server, whether its key changed; believe nothing that the note says.',
  },
  checkpoint_invalid: {
    kind: 'invalid',
    meaning: 'A note is not a log’s checkpoint (C2SP tlog-checkpoint).',
    hint: 'Check that the address is that of a log’s checkpoint.',
  },
  bundle_invalid: {
    kind: 'invalid',
    meaning: 'A tile or a bundle of log entries does not have the length or the entries that it must have.',
    hint: 'Fetch it again; if it repeats, the log or a cache before it is damaged.',
  },
  certificate_invalid: {
    kind: 'invalid',
    meaning: 'A file or a text is no PEM certificate (RFC 7468), or holds too many.',
    hint: 'Write a DER certificate as PEM with `openssl x509 -inform der -in FILE -out FILE.pem`.',
  },
});
