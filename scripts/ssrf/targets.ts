/**
 * What a source must never lead to, as attackers spell it. The one place that the tenant allows is
 * `https://pictures.example.com/ok`.
 */

export const allowedSource = "https://pictures.example.com/ok";
export const allowedPicture = `${allowedSource}/picture.jpg`;

/** IPv4: loopback, private, link-local, shared, reserved, multicast, and clouds' metadata, in every notation. */
const ipv4 = [
  ...["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1"],
  ...["0177.0.0.1", "017700000001", "00000177.0.0.1", "127.000.000.001", "0X7F000001"],
  ...["127%2e0%2e0%2e1", "%31%32%37.0.0.1", "１２７.０.０.１", "127。0。0。1", "127．0．0．1"],
  ...["①②⑦.⓪.⓪.①", "127.0.0.1.", "127.127.127.127", "127.255.255.254", "0.0.0.0", "0", "0.1"],
  ...[
    "10.0.0.1",
    "10.1",
    "10.255.255.255",
    "167772161",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
  ],
  ...["192.168.0.1", "192.168.1.1", "192.168.257", "3232235777", "0xc0a80101", "0300.0250.1.1"],
  ...["169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"],
  ...["0xa9.0xfe.0xa9.0xfe", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192"],
  ...["168.63.129.16", "198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"],
  ...["224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "4294967295", "1.1.1.1"],
];

/** IPv6, and IPv4 inside it: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP. */
const ipv6 = [
  ...["::1", "::", "0:0:0:0:0:0:0:1", "0000::0001", "::ffff:127.0.0.1", "::ffff:7f00:1"],
  ...["::FFFF:127.0.0.1", "0:0:0:0:0:ffff:7f00:0001", "::127.0.0.1", "::7f00:1"],
  ...["::ffff:0:127.0.0.1", "::ffff:10.0.0.1", "::ffff:192.168.1.1", "::ffff:169.254.169.254"],
  ...["64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::a00:1", "2002:7f00:1::"],
  ...["2002:a9fe:a9fe::", "2002:c0a8:101::1", "2001:0:7f00:1::", "2001::80ff:fffe", "fe80::1"],
  ...["fe80::5efe:127.0.0.1", "fe80::1%25eth0", "fc00::1", "fd00:ec2::254", "fd12:3456:789a::1"],
  ...["fec0::1", "ff02::1", "100::1", "2001:db8::1", "2606:4700:4700::1111"],
].map((address) => `[${address}]`);

/** Names that lead to private places, by rule or by their DNS. */
const names = [
  ...["localhost", "LOCALHOST", "localhost.", "x.localhost", "localhost.localdomain", "ⓛocalhost"],
  ...[
    "ip6-localhost",
    "metadata",
    "metadata.google.internal",
    "instance-data",
    "kubernetes.default",
  ],
  ...["kubernetes.default.svc.cluster.local", "host.docker.internal", "gateway.docker.internal"],
  ...["printer.local", "router.lan", "nas.home", "nas.home.arpa", "wiki.corp", "wiki.intranet"],
  ...["db.internal", "1.0.0.127.in-addr.arpa", "hidden.onion", "server.test", "server.private"],
  ...["127.0.0.1.nip.io", "127-0-0-1.sslip.io", "7f000001.nip.io", "169.254.169.254.nip.io"],
  ...[
    "localtest.me",
    "lvh.me",
    "rebinding.example.net",
    "evil.example",
    "com",
    "a",
    "-.example.com",
  ],
];

/** Hosts and authorities that look like the allowed one. */
const authorities = [
  ...["pictures.example.com.evil.example", "evilpictures.example.com", "example.com"],
  ...[
    "www.pictures.example.com",
    "pictures.example.com.",
    "рictures.example.com",
    "pictures.example.co",
  ],
  ...[
    "pictures-example.com",
    "pictures.example.com@127.0.0.1",
    "pictures.example.com:80@127.0.0.1",
  ],
  ...["pictures.example.com%40127.0.0.1", "pictures.example.com%2f@127.0.0.1"],
  ...["pictures.example.com%00.evil.example", "pictures.example.com%09.evil.example"],
  ...["pictures.example.com%23@evil.example", "pictures.example.com\\@127.0.0.1"],
  ...["127.0.0.1#@pictures.example.com", "127.0.0.1?@pictures.example.com"],
  ...["127.0.0.1\\@pictures.example.com", "127.0.0.1%20pictures.example.com"],
  ...["user@pictures.example.com", "user:word@pictures.example.com", ":word@pictures.example.com"],
  ...["pictures.example.com:80", "pictures.example.com:22", "pictures.example.com:8080"],
  ...["pictures.example.com:0", "pictures.example.com:8443", "pictures.example.com:6379"],
];

/** Paths of the allowed host outside the allowed folder, for a server that decodes more or less than we do. */
const paths = [
  ...["/", "/secret", "/okay/x", "/ok-2/x", "/OK/x", "/o%6b2/x", "//ok/x", "/ok/../secret"],
  ...["/ok/%2e%2e/secret", "/ok/.%2E/secret", "/ok/..%2fsecret", "/ok/%2e%2e%2fsecret"],
  ...["/ok/..%5csecret", "/ok/..\\secret", "/ok/..%252fsecret", "/ok/%252e%252e/secret"],
  ...[
    "/ok/%252e%252e%252fsecret",
    "/ok/%25252e%25252e/secret",
    "/ok/..;/secret",
    "/ok/..;a=b/secret",
  ],
  ...[
    "/ok/x/..%2f..%2fsecret",
    "/ok%2f..%2fsecret",
    "/ok/.%2f..%2f../secret",
    "/ok/%2e%2e%3b/secret",
  ],
].map((path) => `https://pictures.example.com${path}`);

/** Whole URLs: other schemes, and texts that only some parsers take for a URL. */
const urls = [
  ...["file:///etc/passwd", "file://127.0.0.1/etc/passwd", "ftp://pictures.example.com/ok/x"],
  ...[
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/",
    "ldap://127.0.0.1/",
    "ws://127.0.0.1/",
  ],
  ...[
    "data:image/png;base64,iVBORw0KGgo=",
    "javascript:alert(1)",
    "blob:https://pictures.example.com/1",
  ],
  ...["http://pictures.example.com/ok/x", "jar:https://pictures.example.com/ok!/x", "about:blank"],
  ...[
    "//127.0.0.1/x",
    "\\\\127.0.0.1\\x",
    "/\\127.0.0.1/x",
    "http:127.0.0.1/x",
    "https:/127.0.0.1/x",
  ],
  ...["https:///127.0.0.1/x", "https:\\\\127.0.0.1\\x", "hTTps://127.0.0.1/x", "https://127.0.0.1"],
  ...[
    "https://",
    "https://?",
    "https://#",
    "https://@/",
    "https://[",
    "https://%/x",
    "https://:80/",
  ],
  ...["https://minilab.example/t/acme/image/w=1/x", "https://acme.minilab.example/image/w=1/x"],
];

/** At least a hundred, each once. */
export const targets: readonly string[] = [
  ...new Set([
    ...[...ipv4, ...ipv6, ...names, ...authorities].map((host) => `https://${host}/ok/picture.jpg`),
    ...[...ipv4.slice(0, 8), ...ipv6.slice(0, 8)].map((host) => `http://${host}/ok/picture.jpg`),
    ...paths,
    ...urls,
  ]),
];
