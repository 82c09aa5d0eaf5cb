/** What a program may notice that is not as the real service does it, and why. A section's title, then its sentences. */
export const DIFFERENCES: readonly (readonly [title: string, sentences: readonly string[]])[] = [
  ['Not kept or without effect', [
    '**Credentials are not checked.** Any key pair and region is accepted, also none, and none of them selects another database. A signature that is there must be whole: parts, date, algorithm, credential of five elements.',
    '**Nothing is throttled.** Consumed capacity is computed and reported; provisioned throughput decides how many partitions a new table gets; on-demand maxima and warm throughput are kept and described.',
    '**Global secondary indexes** are checked and described, not filled; reading one is refused with a `ValidationException`. UpdateTable refuses to add, change or remove one. Their keys have one or two attributes, not up to eight. A put holds the keys of an item against them; an update does not.',
    'Stream, encryption and table class are kept and described only. `ReplicaUpdates` of UpdateTable is refused with a `ValidationException`.',
    'Parameters in the column "ignored" are taken for unknown members, which the service ignores.',
    'DescribeContinuousBackups says `DISABLED` of continuous backups too, where the service says `ENABLED` of every table: the past of a table is not kept here.',
    'DescribeLimits answers the documented defaults of an account; nothing holds anyone to those of the account.',
  ]],
  ['Another behaviour', [
    'Item count and size of a table are at most a heartbeat old, not hours; before the first heartbeats after a change of the control plane\'s leader they may be too low.',
    'Items of a Scan come in the order of this service\'s own hash. Segments are disjoint and complete, as everywhere.',
    'A filtered read is one partition after another, in key order.',
    'Tags change at once, and all of them come in one answer of ListTagsOfResource.',
    'A 500 of a write that was sent says that its outcome is not known. SDKs repeat such requests, as they do with DynamoDB: make such writes conditional where twice is not once.',
    'A request has 5 seconds, then it is answered with a 500.',
  ]],
  ['Chosen where the service\'s own words are not known', [
    'A 51st tag is a `LimitExceededException`; a table given by name and by ARN in one batch is a `ValidationException`.',
    'Texts of `PolicyNotFoundException`, `BackupNotFoundException`, `ExportNotFoundException`, `ImportNotFoundException`, `TableNotFoundException` and of a tagged resource that is not there; the suite compares their type only.',
    'Refusals of on-demand maxima, stream views and more than 100 projected names: the suite compares their type only. Also the two texts on a warm throughput that would become less.',
    'The order of several joined constraint failures: the suite takes any.',
    'BatchGetItem gives items of one partition as long as they fit 1 MB together; the rest comes back as unprocessed.',
    'What an update that gives the key of a local index another type is told, and how the refusal of a start key without its index key goes on: the suite compares type and beginning.',
    'How a structure is printed inside a constraint failure (a key schema that is too long): the suite compares what stands around it.',
  ]],
];

export const LIMITS: readonly (readonly [limit: string, value: string])[] = [
  ['item', '400 KB by DynamoDB\'s size rules'],
  ['partition key, sort key', '2,048 and 1,024 bytes'],
  ['nesting of lists and maps', '32 levels'],
  ['numbers', '38 significant digits, magnitude 1e-130 to below 1e126'],
  ['page of Query or Scan', '1 MB of items read, by the service\'s own page measure'],
  ['BatchGetItem', '100 keys, 16 MB of items in the answer, 1 MB of one partition'],
  ['BatchWriteItem', '25 writes'],
  ['request body', '16 MB, also after unpacking'],
  ['tables', '2,500'],
  ['local, global indexes of a table', '5, 20'],
  ['tags of a table', '50'],
  ['units a table may have provisioned', '40,000 of reads and of writes'],
];
