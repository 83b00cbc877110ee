// Codes of starting and configuring the product.
import { defineErrors } from '../kit/error.ts';

export const appErrors = defineErrors('app', {
  setting_unknown: {
    kind: 'invalid',
    meaning: 'The configuration file has a key that no setting has.',
    hint: 'Run `plimsoll config` for the list of settings.',
  },
  setting_invalid: {
    kind: 'invalid',
    meaning: 'A setting has a value that cannot be used.',
    hint: 'Run `plimsoll config` for the list of settings, or see the configuration reference.',
  },
  config_unreadable: {
    kind: 'invalid',
    meaning: 'The configuration file cannot be read or is not YAML.',
    hint: 'Check the path given with --config or PLIMSOLL_CONFIG, and the line that the message names.',
  },
  docker_flag_unsupported: {
    kind: 'unsupported',
    meaning: 'A global flag of docker’s, before the plugin’s name, asks for what is not done here.',
    hint: 'Leave the flag out; an engine’s certificates are named by DOCKER_CERT_PATH or by a docker context.',
  },
  folder_unwritable: {
    kind: 'unavailable',
    meaning: 'The data folder cannot be created or written.',
    hint: 'Choose another with --data FOLDER or PLIMSOLL_DATA, or give this user the right to write there.',
  },
  folder_in_use: {
    kind: 'conflict',
    meaning: 'Another server holds the data folder; one at a time may.',
    hint: 'End the other server, or choose another folder with --data FOLDER or PLIMSOLL_DATA.',
  },
  front_failed: {
    kind: 'unavailable',
    meaning: 'One of the processes that share the port (`workers`) could not be begun.',
    hint: 'The message says why; with `workers` set to 1 the server is one process.',
  },
  file_unwritable: {
    kind: 'unavailable',
    meaning: 'A file that a command was to write cannot be written.',
    hint: 'Check that its folder exists and that you may write there.',
  },
  file_unreadable: {
    kind: 'missing',
    meaning:
      'A file that was named cannot be read: it is not there, a folder, not text, or not for this user.',
    hint: 'Check the path and that you may read it; `-` stands for standard input.',
  },
  tls_incomplete: {
    kind: 'invalid',
    meaning: 'A setting of TLS lacks another that it needs.',
    hint: 'Set tls.certificate and tls.key together, and tls.client_authority for certificates of clients.',
  },
  tls_file_invalid: {
    kind: 'invalid',
    meaning: 'A file of TLS is not PEM, is encrypted, or does not hold what it should.',
    hint: 'The message says which and what would be right; the guide to TLS makes each with openssl.',
  },
  tls_key_mismatch: {
    kind: 'invalid',
    meaning: 'The private key is not that of the server’s certificate.',
    hint: 'Compare `openssl x509 -noout -pubkey -in CERTIFICATE` with `openssl pkey -pubout -in KEY`.',
  },
  tls_certificate_not_valid: {
    kind: 'invalid',
    meaning: 'The server’s certificate has ended or has not begun.',
    hint: 'Renew it, or check this machine’s clock.',
  },
  document_too_large: {
    kind: 'limited',
    meaning: 'A document is larger than any that is read.',
    hint: 'Check that it is the right file; limits and their reasons are in the reference.',
  },
  input_too_long: {
    kind: 'limited',
    meaning: 'More came on standard input or from a file than a command takes, as a password or as a text.',
    hint: 'Give it only what it asks for, e.g. the password and nothing else.',
  },
  trust_missing: {
    kind: 'missing',
    meaning: 'The data folder has no authority yet.',
    hint: 'Run `plimsoll trust init`, or start the server once; --data says which folder.',
  },
  backup_source_missing: {
    kind: 'missing',
    meaning: 'What should be backed up or restored is not there.',
    hint: 'Name the data folder with --data, or the folder of a backup that came to its end.',
  },
  backup_target_taken: {
    kind: 'conflict',
    meaning: 'The folder that a backup or a restore should make is there already.',
    hint: 'Name a new folder: nothing is ever written over.',
  },
});
