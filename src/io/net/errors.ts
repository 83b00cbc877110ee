// Codes of fetching over the net. A status that a server answers is never an error here.
import { defineErrors } from '../../kit/error.ts';

export const netErrors = defineErrors('net', {
  address_invalid: {
    kind: 'invalid',
    meaning: 'An address is not an http or https URL.',
    hint: 'Write the whole address, beginning with https://.',
  },
  plaintext_refused: {
    kind: 'untrusted',
    meaning: 'An address is plain http and its host is neither this machine nor listed as insecure.',
    hint: 'Use https, or name the host as insecure if you accept that anybody on the way can read and change what is sent.',
  },
  address_private: {
    kind: 'untrusted',
    meaning: 'An address given by somebody else leads to this machine or into a private network.',
    hint: 'Use a public address; an operator who means a private one turns on `webhooks.private`.',
  },
  unreachable: {
    kind: 'unavailable',
    meaning: 'No connection could be made, or it broke before an answer came.',
    hint: 'Check the host’s name and port, the network and the proxy settings, then try again.',
  },
  timed_out: {
    kind: 'unavailable',
    meaning: 'The other side was silent for too long.',
    hint: 'Try again; if it repeats, the server or something between is overloaded.',
  },
  broken_off: {
    kind: 'unavailable',
    meaning: 'The connection ended in the middle of an answer.',
    hint: 'Try again; if it repeats, look at proxies and firewalls between.',
  },
  answer_malformed: {
    kind: 'untrusted',
    meaning: 'The answer is not HTTP as its standard has it.',
    hint: 'Check that the address and port are those of the server that you mean.',
  },
  answer_too_large: {
    kind: 'untrusted',
    meaning: 'The head or body of an answer is larger than its limit.',
    hint: 'Limits and their reasons are in the reference; an honest server does not reach them.',
  },
  redirect_refused: {
    kind: 'untrusted',
    meaning:
      'A redirect leads in circles, to plain http, to no address, or cannot be followed with this body.',
    hint: 'Ask the server’s operator; use the final address if you know it.',
  },
  certificate_untrusted: {
    kind: 'untrusted',
    meaning: 'The server’s certificate is not valid for its name or not signed by a known authority.',
    hint: 'If the server uses an authority of your own, name its PEM file with --tls-trust or PLIMSOLL_TLS_TRUST, or put it into certs.d/HOST as ca.crt.',
  },
  client_certificate_refused: {
    kind: 'untrusted',
    meaning: 'The server wants a client certificate, or another than it was shown.',
    hint: 'Put client.cert and client.key into ~/.config/containers/certs.d/HOST or /etc/docker/certs.d/HOST.',
  },
  host_certificate_unusable: {
    kind: 'invalid',
    meaning: 'A certs.d folder of docker’s or podman’s has a file that cannot be used.',
    hint: 'Authorities end in .crt, a certificate in .cert with its key beside it in .key, all of them PEM.',
  },
  part_server_untrusted: {
    kind: 'untrusted',
    meaning: 'Who answers for an instance that this is a part of cannot prove to be that instance.',
    hint: 'Something else listens there, or the instance has another authority now: see `plimsoll part show`, and join anew if its administrator says so.',
  },
  part_refused: {
    kind: 'untrusted',
    meaning: 'An instance does not take the certificate of this part.',
    hint: 'See `plimsoll part show`; ask its administrator whether the part was removed, and for a new invitation.',
  },
  authority_unreadable: {
    kind: 'invalid',
    meaning: 'The file of certificate authorities cannot be read or holds no certificate.',
    hint: 'Name a readable PEM file with at least one CERTIFICATE block.',
  },
});
