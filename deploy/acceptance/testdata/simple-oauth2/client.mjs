// An app as old apps are: a token for a member's password, a call, a new token
// for the refresh token, a call. It prints what the two calls answered.
import { ResourceOwnerPassword } from 'simple-oauth2';

const gateway = process.argv[2];
const client = new ResourceOwnerPassword({
  client: { id: 'demo-client', secret: 'demo-secret' },
  auth: { tokenHost: gateway, tokenPath: '/api/v2/auth/token' },
});

async function account(token) {
  const response = await fetch(`${gateway}/api/v2/account`, {
    headers: { Authorization: `Bearer ${token.token.access_token}` },
  });
  return `${response.status} ${await response.text()}`;
}

let token = await client.getToken({ username: 'umiyama@example.com', password: 'umiyama1' });
console.log(await account(token));
if (!token.expired(3600)) throw new Error('the token outlives an hour');
token = await token.refresh();
console.log(await account(token));

try {
  await client.getToken({ username: 'umiyama@example.com', password: 'wrong' });
} catch (error) {
  console.log(`${error.output.statusCode} ${JSON.stringify(error.data.payload)}`);
}
