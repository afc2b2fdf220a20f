/** `posthorn mail`: whose mail it shows. */
import assert from 'node:assert/strict';
import {userInfo} from 'node:os';
import {AccessHome} from '../support/access-home.ts';

suite('posthorn mail', () => {
  let home: AccessHome;
  setup(async () => {
    home = await AccessHome.open();
  });
  teardown(() => home.dispose());

  test('shows the caller his own, with an account or without', () => {
    const {username} = userInfo();
    for (const words of [[], [username]]) {
      const {status, stdout} = home.run('posthorn', ['mail', ...words]);
      assert.equal(status, 0);
      assert.match(stdout.toString(), /UID +Date +From +Subject +Size/);
    }
  });

  test('knows nobody else without an account', () => {
    const {status, stderr} = home.run('posthorn', ['mail', 'nobody-here']);
    assert.equal(status, 67);
    assert.match(stderr.toString(), /no such user: nobody-here/);
  });
});
