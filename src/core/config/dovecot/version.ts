/** The Dovecot that this behaves as: what `dovecot --version` prints. */
export const DOVECOT_VERSION = '2.3.19.1 (9b53102964)';
