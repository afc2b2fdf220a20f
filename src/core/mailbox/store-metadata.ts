/**
 * METADATA (RFC 5464) of mailboxes and of the server, in the attributes file under the mailbox's guid; the server's are
 * INBOX's, below a name of their own, as Dovecot has it. `/private/specialuse` is what CREATE USE sets.
 */
import {AttributesFile} from './attributes-file.ts';
import {MailError} from './mail-error.ts';
import {FILE_MODE, type StorePlaces} from './store-places.ts';

const OF_SERVER = 'vendor/vendor.dovecot/pvt/server/';
const SPECIAL_USE = 'specialuse';

/** RFC 6785 section 3.1: the script for events of all mailboxes that have none of their own; the user's to set. */
export const SCRIPT_ENTRY = '/shared/imapsieve/script';

export class StoreMetadata {
  readonly #places: StorePlaces;
  readonly #file: AttributesFile;

  constructor(path: string, hostName: string, places: StorePlaces) {
    this.#file = new AttributesFile(path, hostName, FILE_MODE);
    this.#places = places;
  }

  async get(name: string, entry: string): Promise<Buffer | undefined> {
    const value = (await this.#file.read()).get(await this.#key(name, entry));
    return value === undefined ? undefined : Buffer.from(value, 'latin1');
  }

  async entries(name: string): Promise<string[]> {
    const found: string[] = [];
    const values = await this.#file.read();
    for (const [kind, scope] of [
      ['/private/', await this.#key(name, '/private/')],
      ['/shared/', await this.#key(name, '/shared/')],
    ] as const)
      for (const key of values.keys())
        if (key.startsWith(scope) && (name === '' || !key.startsWith(scope + OF_SERVER)))
          found.push(kind + key.slice(scope.length));
    return found.sort();
  }

  async set(name: string, entry: string, value: Buffer | undefined): Promise<void> {
    const lower = entry.toLowerCase();
    const isServers = name === '' && lower.startsWith('/shared/') && lower !== SCRIPT_ENTRY;
    const isFixed = lower === `/private/${SPECIAL_USE}` || isServers;
    if (isFixed) throw new MailError('cannot', `The ${entry} attribute cannot be changed`);
    await this.#file.set(await this.#key(name, entry), value?.toString('latin1'));
  }

  async setSpecialUse(name: string, uses: readonly string[]): Promise<void> {
    await this.#file.set(await this.#key(name, `/private/${SPECIAL_USE}`), uses.join(' '));
  }

  /** What CREATE USE set, by guid. */
  async specialUses(): Promise<Map<string, readonly string[]>> {
    const uses = new Map<string, readonly string[]>();
    for (const [key, value] of await this.#file.read()) {
      const guid = /^priv\/([0-9a-f]{32})\/specialuse$/.exec(key)?.[1];
      if (guid !== undefined) uses.set(guid, value.split(' '));
    }
    return uses;
  }

  /** `/private/comment` is kept as `priv/GUID/comment`. */
  async #key(name: string, entry: string): Promise<string> {
    const lower = entry.toLowerCase();
    const isPrivate = lower.startsWith('/private/');
    if (!isPrivate && !lower.startsWith('/shared/'))
      throw new MailError('cannot', 'Entry name must begin with /private or /shared');
    const rest = lower.slice(isPrivate ? '/private/'.length : '/shared/'.length);
    const guid = await this.guidOf(name === '' ? 'INBOX' : name);
    return `${isPrivate ? 'priv' : 'shared'}/${guid}/${name === '' ? OF_SERVER : ''}${rest}`;
  }

  guidOf(name: string): Promise<string> {
    return this.#places.using(this.#places.find(name), async mailbox => {
      await mailbox.refresh(false);
      return mailbox.guid;
    });
  }
}
