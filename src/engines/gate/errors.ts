// Codes of gates: their policy files and what those name. What comes of an image is a verdict, and no error.
import { defineErrors } from '../../kit/error.ts';

export const gateErrors = defineErrors('gate', {
  policy_invalid: {
    kind: 'invalid',
    meaning: 'A gate policy is not YAML, or says what gate policies do not take.',
    hint: 'Mend each line that the message names.',
  },
  material_missing: {
    kind: 'missing',
    meaning: 'A file that a gate policy names is not there.',
    hint: 'Paths are read from the folder of the gate policy; put the file there, or change the path.',
  },
  verifier_input_invalid: {
    kind: 'invalid',
    meaning: 'What containerd’s image verifier was started with cannot be read.',
    hint: 'Start it as containerd does: -name IMAGE -digest DIGEST -stdin-media-type TYPE, a descriptor on standard input.',
  },
  tls_missing: {
    kind: 'invalid',
    meaning: 'A gate was started without a certificate; Kubernetes and Gatekeeper ask over HTTPS alone.',
    hint: 'Give it --tls-certificate FILE and --tls-key FILE.',
  },
});
