/** The Dovecot that this behaves as: what `dovecot --version` prints. */
export const DOVECOT_VERSION = '2.3.19.1 (9b53102964)';
export const PIGEONHOLE_VERSION = '0.5.19 (4eae2f79)';
