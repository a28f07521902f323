"""The emulated X is as strict as the real one, and says what it refuses in X's words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from tests.platforms.x.talk import NOON, TOKEN, Talk, post, whose

from microcom.emulator.faults import Fault
from microcom.platforms.x import platform
from microcom.platforms.x.emulator import XEmulator
from microcom.platforms.x.emulator.windows import Windows

API = "https://api.x.com"


@pytest.fixture
def talk() -> Talk:
    """An account with one earlier post."""
    return Talk()


@pytest.fixture
def api(talk: Talk) -> Iterator[httpx.Client]:
    """A bare client that speaks for the account."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=talk.wire, base_url=API, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 400, "either text or media"),
        ({"text": ""}, 400, "either text or media"),
        ({"text": "  \n"}, 400, "either text or media"),
        ({"text": 7}, 400, "string expected"),
        ({"text": "Hi", "colour": "red"}, 400, "[$.colour] is not defined in the schema"),
        ({"text": "Hi", "media": {"media_ids": ["1"]}}, 400, "Your media IDs are invalid"),
        ({"text": "Hi", "quote_tweet_id": "1"}, 403, "not available to this app"),
        ({"text": "Hi", "reply": {}}, 400, "in_reply_to_tweet_id"),
        ({"text": "Hi", "reply": {"in_reply_to_tweet_id": 12}}, 400, "^[0-9]{1,19}$"),
        ({"text": "Hi", "reply": {"in_reply_to_tweet_id": "1" * 20}}, 400, "^[0-9]{1,19}$"),
        ({"text": "Hi", "reply": {"in_reply_to_tweet_id": "12", "x": 1}}, 400, "$.reply"),
        ({"text": "Hi", "reply": {"in_reply_to_tweet_id": "12"}}, 403, "deleted or not visible"),
        ({"text": "a" * 281}, 403, "not permitted to perform this action"),
        ({"text": "\u65e5" * 141}, 403, "not permitted to perform this action"),
        ({"text": "$AAPL and $MSFT"}, 403, "cashtag"),
        ([], 400, "must be a JSON object"),
        ("Hi", 400, "must be a JSON object"),
    ],
)
def test_what_x_refuses_is_refused(
    talk: Talk, api: httpx.Client, body: object, status: int, says: str
) -> None:
    """Wrong keys, types and contents are refused in words, and nothing is published."""
    reply = api.post("/2/tweets", json=body)
    assert reply.status_code == status
    assert says in reply.text.replace("\\n", "")
    assert talk.x.ledger() == []


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b'{"text": "Hi"}', "text/plain", "application/json"),
        (b'{"text": "Hi"}', "", "application/json"),
        (b'{"text": "Hi"', "application/json", "not valid JSON"),
        (b'{"text": "Hi", "text": "Ho"}', "application/json", "not valid JSON"),
        (b'{"text": NaN}', "application/json", "not valid JSON"),
        (b"[" * 100_000, "application/json", "not valid JSON"),
        (b"", "application/json", "not valid JSON"),
    ],
)
def test_a_body_has_to_be_json(api: httpx.Client, content: bytes, kind: str, says: str) -> None:
    """Other media types and broken JSON, a key twice included, are refused."""
    reply = api.post("/2/tweets", content=content, headers={"content-type": kind})
    assert reply.status_code == 400
    assert says in reply.text


def test_a_body_beyond_a_mebibyte_is_refused_at_the_edge(api: httpx.Client) -> None:
    """A giant body never reaches the service."""
    assert api.post("/2/tweets", content=b" " * (1024 * 1024 + 1)).status_code == 413


def test_the_same_text_twice_is_a_duplicate(talk: Talk, api: httpx.Client) -> None:
    """For some hours X refuses what the account has said; another account may say it."""
    talk.publish("Hello")
    refused = api.post("/2/tweets", json={"text": "Hello "})
    assert (refused.status_code, "duplicate content" in refused.text) == (403, True)
    other = {"authorization": "Bearer sandbox:lumen-x"}
    assert api.post("/2/tweets", json={"text": "Hello"}, headers=other).status_code == 201
    talk.now += timedelta(hours=12)
    assert api.post("/2/tweets", json={"text": "Hello"}).status_code == 201


def test_replies_go_to_own_posts_and_to_those_that_mention(talk: Talk, api: httpx.Client) -> None:
    """A stranger's post may be answered only where it names the one who answers."""
    other = talk.x.people.of_account("lumen-x", NOON)
    quiet = talk.x.people.write(other, "Nothing of you", NOON).id
    naming = talk.x.people.write(other, "Hello @Acme_X!", NOON).id

    def answer(parent: str, text: str) -> int:
        body = {"text": text, "reply": {"in_reply_to_tweet_id": parent}}
        return api.post("/2/tweets", json=body).status_code

    assert answer(quiet, "One") == 403
    assert answer(naming, "Two") == 201
    assert answer(talk.known(), "Three") == 201


@pytest.mark.parametrize("token", ["", "nobody", "sandbox:", "sandbox:Not A Name", "sandbox:../x"])
def test_an_unknown_token_is_unauthorized(talk: Talk, token: str) -> None:
    """A token nobody gave is refused, without rate limit headers."""
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(transport=talk.wire, base_url=API, headers=headers) as client:
        reply = client.get("/2/users/me")
    assert reply.status_code == 401
    assert reply.json() == {
        "title": "Unauthorized",
        "detail": "Unauthorized",
        "type": "about:blank",
        "status": 401,
    }
    assert not [name for name in reply.headers if name.startswith("x-rate-limit")]


def test_a_token_lapses(talk: Talk) -> None:
    """A token is taken until its time and not a moment longer."""
    talk.x.grant("short", "acme-x", until=NOON + timedelta(hours=2))
    call = whose()
    assert talk.ask(call, "short").status == 200
    talk.now = NOON + timedelta(hours=2)
    assert talk.ask(call, "short").status == 401


def test_a_token_without_the_scope_is_forbidden(talk: Talk) -> None:
    """Reading takes two scopes and posting a third."""
    talk.x.grant("reader", "acme-x", scopes=["tweet.read", "users.read"])
    assert talk.ask(whose(), "reader").status == 200
    refused = talk.ask(post("Hi"), "reader")
    assert refused.status == 403
    error = platform.explain(refused)
    assert error is not None
    assert error.code == "x.scope"


def test_sandbox_tokens_make_their_account(talk: Talk, api: httpx.Client) -> None:
    """`sandbox:NAME` speaks for that account, which has a post of the day before."""
    headers = {"authorization": "Bearer sandbox:new-comer"}
    asked = "/2/users/me?expansions=most_recent_post_id"
    me = api.get(asked, headers=headers).json()["data"]
    assert me["username"] == "new_comer"
    (post,) = talk.x.person("new-comer").posts
    assert (me["most_recent_post_id"], post.at) == (post.id, NOON - timedelta(days=1))
    assert talk.x.ledger() == []


def test_usernames_are_short_and_distinct() -> None:
    """At most fifteen characters, dashes as underscores, and nobody shares one."""
    x = XEmulator(clock=lambda: NOON)
    names = ["acme-x", "a" * 15, *(f"a-very-long-account-{number}" for number in range(200))]
    usernames = [x.person(name).username for name in names]
    assert usernames[:2] == ["acme_x", "a" * 15]
    assert len(set(usernames)) == len(names)
    assert max(map(len, usernames)) <= 15
    assert x.person("acme-x") is x.person("acme-x")


def test_a_user_has_a_hundred_posts_in_a_quarter(talk: Talk, api: httpx.Client) -> None:
    """The 101st post in fifteen minutes is refused, with when to come back; then it goes on."""
    for number in range(100):
        reply = api.post("/2/tweets", json={"text": f"Post {number}"})
        assert reply.headers["x-rate-limit-remaining"] == str(99 - number)
        talk.now += timedelta(seconds=1)
    refused = api.post("/2/tweets", json={"text": "One more"})
    assert refused.status_code == 429
    reset = NOON + timedelta(minutes=15)
    assert int(refused.headers["x-rate-limit-reset"]) == reset.timestamp()
    talk.now = reset
    assert api.post("/2/tweets", json={"text": "One more"}).status_code == 201


def test_an_app_has_ten_thousand_posts_a_day() -> None:
    """The day's posts of the app are counted over all its users, beside each user's own."""
    windows = Windows()
    for number in range(10_000):
        within, _ = windows.hit("create_post", f"user {number % 1000}", NOON)
        assert within
    within, headers = windows.hit("create_post", "somebody else", NOON)
    assert not within
    assert headers["x-app-limit-24hour-remaining"] == "0"
    assert headers["x-rate-limit-remaining"] == "99"
    assert windows.hit("create_post", "somebody else", NOON + timedelta(days=1))[0]


def test_ids_hold_the_time_and_grow(talk: Talk) -> None:
    """Ids made at one moment are distinct and in order; they hold the millisecond."""
    ids = [int(talk.by_hand(f"Post {number}")) for number in range(50)]
    assert ids == sorted(set(ids))
    assert len({number >> 22 for number in ids}) == 1


def test_a_timeline_is_paged_newest_first(talk: Talk, api: httpx.Client) -> None:
    """Pages follow one another without a gap or a repetition, the newest first."""
    made = [talk.by_hand(f"Post {number}") for number in range(12)]
    me = talk.x.person("acme-x").id
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = api.get(f"/2/users/{me}/tweets", params={"max_results": "5", **token}).json()
        found += [post["id"] for post in page["data"]]
        if "next_token" not in page["meta"]:
            break
        token = {"pagination_token": page["meta"]["next_token"]}
    assert found == [*reversed(made), talk.known()]


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({}, "Two One Zero"),
        ({"since_id": "ONE"}, "Two"),
        ({"until_id": "ONE"}, "Zero"),
        ({"start_time": "2026-11-23T12:01:00Z"}, "Two One"),
        ({"end_time": "2026-11-23T12:01:00Z"}, "Zero"),
        ({"since_id": "ONE", "start_time": "2026-11-20T00:00:00Z"}, "Two"),
        ({"exclude": "replies,retweets"}, "Zero"),
    ],
)
def test_a_timeline_has_bounds(
    talk: Talk, api: httpx.Client, params: dict[str, str], shown: str
) -> None:
    """Ids, times and the exclusion of replies narrow a timeline; ids win over times."""
    person = talk.x.person("acme-x")
    person.posts[0].deleted = True
    zero = talk.x.people.write(person, "Zero", talk.now)
    one = talk.x.people.write(person, "One", talk.now + timedelta(minutes=1), parent=zero)
    talk.x.people.write(person, "Two", talk.now + timedelta(minutes=2), parent=one)
    asked = {name: one.id if value == "ONE" else value for name, value in params.items()}
    page = api.get(f"/2/users/{person.id}/tweets", params=asked).json()
    assert " ".join(post["text"] for post in page["data"]) == shown


@pytest.mark.parametrize(
    "query",
    [
        "max_results=4",
        "max_results=101",
        "max_results=ten",
        "since_id=abc",
        "until_id=12345678901234567890",
        "start_time=yesterday",
        "start_time=2026-11-23T12:00:00",
        "pagination_token=!!",
        "tweet.fields=colour",
        "post.fields=note_tweet",
        "expansions=author",
        "user.fields=shoe_size",
        "colour=red",
    ],
)
def test_a_question_x_does_not_know_is_refused(talk: Talk, api: httpx.Client, query: str) -> None:
    """Unknown parameters, fields and values are refused with what there is."""
    reply = api.get(f"/2/users/{talk.x.person('acme-x').id}/tweets?{query}")
    assert reply.status_code == 400
    assert reply.json()["type"].endswith("/invalid-request")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "tweet.fields=note_tweet&expansions=referenced_tweets.id",
            {"note_tweet", "referenced_tweets", "edit_history_tweet_ids"},
        ),
        (
            "post.fields=note_post&expansions=referenced_posts",
            {"note_post", "referenced_posts", "edit_history_post_ids"},
        ),
        ("", {"edit_history_tweet_ids"}),
    ],
)
def test_the_answer_mirrors_the_question(
    talk: Talk, api: httpx.Client, query: str, words: set[str]
) -> None:
    """Asked in the old words X answers in them, and in the new ones in those."""
    talk.x.person("acme-x").premium = True
    _, second = talk.publish("One", "long " * 100)
    body = api.get(f"/2/tweets/{second}?{query}").json()["data"]
    assert body.keys() - {"id", "text"} == words


def test_what_is_not_there_is_said_in_a_200(api: httpx.Client) -> None:
    """A missing post or user is an error beside no data."""
    for path in ("/2/tweets/12", "/2/users/12/tweets"):
        reply = api.get(path)
        assert reply.status_code == 200
        assert reply.json().keys() == {"errors"}


def test_a_post_can_be_deleted_once(talk: Talk, api: httpx.Client) -> None:
    """A deleted post is gone from timelines and stays in the ledger as deleted."""
    (remote_id,) = talk.publish("Oops")
    stranger = {"authorization": "Bearer sandbox:lumen-x"}
    assert api.delete(f"/2/tweets/{remote_id}", headers=stranger).status_code == 403
    assert api.delete(f"/2/tweets/{remote_id}").json() == {"data": {"deleted": True}}
    assert api.delete(f"/2/tweets/{remote_id}").status_code == 404
    me = talk.x.person("acme-x").id
    shown = api.get(f"/2/users/{me}/tweets").json()["data"]
    assert [post["id"] for post in shown] == [talk.known()]
    assert [entry["deleted"] for entry in talk.x.ledger()] == [True]


def test_other_paths_and_methods_do_not_exist(api: httpx.Client) -> None:
    """What is not emulated is not there."""
    assert api.get("/1.1/statuses/update.json").status_code == 404
    assert api.put("/2/tweets").status_code == 404


def test_the_ledger_holds_what_went_through_the_api(talk: Talk) -> None:
    """Each entry says who, what, when, where and what it answers, ready for JSON."""
    first, second = talk.publish("One", "Two")
    talk.by_hand("By hand")
    ledger = talk.x.ledger()
    assert [entry["remote_id"] for entry in ledger] == [first, second]
    assert ledger[1] == {
        "platform": "x",
        "account": "acme-x",
        "user": "acme_x",
        "remote_id": second,
        "kind": "post",
        "at": "2026-11-23T12:00:00Z",
        "text": "Two",
        "in_reply_to": first,
        "url": f"https://x.com/acme_x/status/{second}",
        "by_hand": False,
        "deleted": False,
    }


@pytest.mark.parametrize(
    ("kind", "status", "published"),
    [
        ("401", 401, 0),
        ("402", 402, 0),
        ("429", 429, 0),
        ("daily-cap", 429, 0),
        ("suspended", 403, 0),
        ("new-refusal", 403, 0),
        ("500-before", 500, 0),
        ("503-before", 503, 0),
        ("503-after", 503, 1),
        ("504-after", 504, 1),
        ("foreign", 403, 0),
        ("garbage", 201, 1),
        ("cut", 201, 1),
        ("redirect", 302, 0),
        ("redirect-after", 302, 1),
    ],
)
def test_each_fault_does_what_it_says(talk: Talk, kind: str, status: int, published: int) -> None:
    """A fault answers instead of X, with the effect or without it; the next call is well."""
    talk.x.faults.arm(Fault("create_post", kind))
    reply = talk.ask(post("Hi"))
    assert (reply.status, len(talk.x.ledger())) == (status, published)
    assert reply.at_path("data.id") is None
    explained = kind in talk.x.refusals()
    assert (platform.explain(reply) is not None) is explained
    assert talk.ask(post("Ho")).status == 201


def test_every_fault_on_offer_can_be_switched_on(talk: Talk, api: httpx.Client) -> None:
    """Nothing that is listed falls over, whichever endpoint it is switched on at."""
    me = talk.x.person("acme-x").id
    paths = {"me": "/2/users/me", "user_posts": f"/2/users/{me}/tweets", "post": "/2/tweets/1"}
    for route, path in paths.items():
        for kind in talk.x.kinds(route):
            talk.x.faults.arm(Fault(route, kind, seconds=60))
            assert api.get(path).status_code in {200, 302, 401, 402, 403, 429, 500, 502, 503, 504}
    assert talk.x.faults.armed == ()


def test_a_listing_can_lag(talk: Talk, api: httpx.Client) -> None:
    """A listing that lags hides what is younger than so many seconds."""
    talk.publish("Fresh")
    talk.x.faults.arm(Fault("user_posts", "lag", count=None, seconds=90))
    path = f"/2/users/{talk.x.person('acme-x').id}/tweets"
    assert len(api.get(path).json()["data"]) == 1
    talk.now += timedelta(seconds=90)
    assert len(api.get(path).json()["data"]) == 2


def test_the_date_is_the_emulators_own(talk: Talk, api: httpx.Client) -> None:
    """Every answer tells the emulator's time, not the machine's."""
    talk.now = NOON + timedelta(days=400)
    assert api.get("/2/users/me").headers["date"] == "Tue, 28 Dec 2027 12:00:00 GMT"
