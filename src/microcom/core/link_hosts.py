"""Which links are left as they are: hosts that shorten, and parameters that sign.

Common knowledge, not verified line by line. Looked up in November 2026 are the parameters of
CloudFront, Alibaba OSS, Bunny and Cloudflare (an example's name there) in their documentation, and
those of imgix and Akamai (``hdnts``) in libraries by others. A name too many costs a mark on a
link, a name too few a link that no longer opens. A shortener keeps a link's target to itself, so
what is added to the short link is lost; a signed link no longer works when anything in its query
changes.
"""

from __future__ import annotations

import re

SHORTENERS = frozenset(
    {
        "amzn.to",
        "bit.ly",
        "buff.ly",
        "cutt.ly",
        "dlvr.it",
        "fb.me",
        "goo.gl",
        "ift.tt",
        "is.gd",
        "j.mp",
        "lnkd.in",
        "ow.ly",
        "pin.it",
        "rb.gy",
        "rebrand.ly",
        "shorturl.at",
        "spoti.fi",
        "t.co",
        "t.ly",
        "tiny.cc",
        "tinyurl.com",
        "trib.al",
        "v.gd",
        "vm.tiktok.com",
        "vt.tiktok.com",
        "wp.me",
        "youtu.be",
    }
)
SIGNING = frozenset(
    {
        "x-amz-signature",  # Amazon S3, signature version 4
        "x-amz-security-token",
        "x-goog-signature",  # Google Cloud Storage
        "x-oss-signature",  # Alibaba OSS
        "signature",  # Amazon CloudFront, S3 version 2, many others
        "policy",  # CloudFront
        "key-pair-id",  # CloudFront
        "sig",  # Azure shared access, with se and sp
        "sign",  # Tencent, Supabase and others
        "hmac",  # Shopify
        "hash",
        "hdnea",  # Akamai
        "hdnts",
        "hdntl",
        "__token__",
        "__gda__",
        "oh",  # Meta's media
        "hm",  # Discord's media
        "verify",  # Cloudflare's token authentication
        "token",  # BunnyCDN, Firebase, sign-in links
        "access_token",
        "id_token",
        "auth",
        "auth_token",
        "authkey",
        "jwt",
        "ticket",
        "otp",
        "code",  # a sign-in code, used once
    }
)
"""Names of parameters, in small letters."""
SIGNING_VALUE = re.compile("s=[0-9a-f]{32}")
"""imgix signs with a parameter ``s``, which elsewhere is a search."""
