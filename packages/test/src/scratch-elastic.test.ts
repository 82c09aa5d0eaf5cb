import {startCluster} from './start-cluster.js';
jest.setTimeout(120_000);
async function api(endpoint: string, op: string, body: unknown): Promise<{status: number; body: any}> {
  const r = await fetch(endpoint, {method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${op}`, authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu/dynamodb/aws4_request, SignedHeaders=host, Signature=00'}, body: JSON.stringify(body)});
  return {status: r.status, body: await r.json()};
}
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
test('scratch', async () => {
  const cluster = await startCluster();
  try {
    await api(cluster.endpoint, 'CreateTable', {TableName: 't', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], BillingMode: 'PAY_PER_REQUEST'});
    for (;;) { const d = await api(cluster.endpoint, 'DescribeTable', {TableName: 't'}); if (d.body.Table?.TableStatus === 'ACTIVE') break; await sleep(20); }
    for (let i = 0; i < 200; i += 1) { const r = await api(cluster.endpoint, 'PutItem', {TableName: 't', Item: {pk: {S: `k${i}`}, n: {N: '0'}}}); if (r.status !== 200) console.log(r); }
    const counts = new Map<string, number>(); const errors: any[] = []; const lat: number[] = [];
    let over = false;
    const workers = Array.from({length: 8}, async (_, w) => {
      for (let i = 0; !over; i += 1) {
        const pk = `k${(w * 25 + i) % 200}`; const t = performance.now();
        const r = await api(cluster.endpoint, 'UpdateItem', {TableName: 't', Key: {pk: {S: pk}}, UpdateExpression: 'ADD n :o', ExpressionAttributeValues: {':o': {N: '1'}}});
        lat.push(performance.now() - t);
        if (r.status === 200) counts.set(pk, (counts.get(pk) ?? 0) + 1); else errors.push({pk, ...r});
      }
    });
    await sleep(300);
    const groups = (await cluster.status()).partitions.map((p: any) => p.id);
    console.log('groups', groups);
    for (const group of groups.slice(0, 3)) {
      const t = performance.now();
      const plan = await cluster.act({kind: 'split-partition', group: Number(group)});
      console.log(JSON.stringify(plan));
      for (let i = 0; i < 500; i += 1) { const s: any = await cluster.status(); if (!s.jobs?.some((j: any) => j.state === 'running')) break; await sleep(10); }
      console.log('split took', performance.now() - t);
    }
    const added = await cluster.addNode('a');
    console.log('added', added);
    const t2 = performance.now();
    const mv = await cluster.act({kind: 'move-replica', group: Number(groups[0]), from: 'a1', to: added}).catch((e: any) => console.log(String(e)));
    console.log(JSON.stringify(mv));
    for (let i = 0; i < 1000; i += 1) { const s: any = await cluster.status(); if (!s.jobs?.some((j: any) => j.state === 'running')) break; await sleep(10); }
    console.log('move took', performance.now() - t2);
    await sleep(500);
    over = true; await Promise.all(workers);
    const s: any = await cluster.status();
    console.log(JSON.stringify(s.partitions), JSON.stringify(s.jobs));
    lat.sort((a, b) => a - b);
    console.log('ops', lat.length, 'p50', lat[Math.floor(lat.length / 2)], 'p99', lat[Math.floor(lat.length * 0.99)], 'max', lat.at(-1), 'errors', JSON.stringify(errors.slice(0, 5)), errors.length);
    let wrong = 0;
    for (let i = 0; i < 200; i += 1) { const r = await api(cluster.endpoint, 'GetItem', {TableName: 't', Key: {pk: {S: `k${i}`}}, ConsistentRead: true}); if (r.body.Item?.n.N !== String(counts.get(`k${i}`) ?? 0)) { wrong += 1; console.log('wrong', i, r.body, counts.get(`k${i}`)); } }
    const scan = await api(cluster.endpoint, 'Scan', {TableName: 't', ConsistentRead: true});
    console.log('wrong', wrong, 'scan', scan.body.Count);
  } finally { await cluster.stop(); }
});
