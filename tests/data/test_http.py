"""A server that misbehaves: what comes is the published file, or one clear error."""

import hashlib
import re
import sys

from data_helpers import ALTERED, BODY, FILE, NAME, PAGE, answer, refusal

from dlbook.data.download import fetch


def test_a_redirect_is_followed(serve):
    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server = serve(redirect)
    server.add("/elsewhere", answer(BODY))
    assert fetch(NAME)[0].read_bytes() == BODY


def test_a_redirect_without_end_is_left(serve, folder):
    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", "/0")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    serve(redirect)
    assert "TooManyRedirects" in refusal(folder)


def test_a_slow_server_is_waited_for(serve):
    def slow(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        for start in range(0, len(BODY), 1000):
            handler.wfile.write(BODY[start : start + 1000])
            server.stop.wait(0.02)

    server = serve(slow)
    assert fetch(NAME)[0].read_bytes() == BODY


def test_chunks_without_a_length(serve):
    def chunked(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for start in range(0, len(BODY), 999):
            piece = BODY[start : start + 999]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    serve(chunked)
    assert fetch(NAME)[0].read_bytes() == BODY


def test_500_then_200(serve):
    def sometimes(handler):
        answer(b"busy", status=500)(handler) if len(server.asked) < 3 else answer(BODY)(handler)

    server = serve(sometimes)
    assert fetch(NAME)[0].read_bytes() == BODY
    assert server.asked == ["/0"] * 3


def test_500_for_ever(serve, folder):
    server = serve(answer(b"busy", status=503))
    message = refusal(folder)
    assert "HTTP 503 Service Unavailable (3 tries)" in message and len(server.asked) == 3


def test_404_is_not_tried_twice(serve, folder):
    server = serve(answer(b"gone", status=404))
    assert "HTTP 404 Not Found\n" in refusal(folder) and len(server.asked) == 1


def test_mirrors_are_tried_in_turn(serve):
    server = serve(
        answer(b"gone", status=404), answer(ALTERED), answer(PAGE), answer(BODY), answer(BODY)
    )
    assert fetch(NAME)[0].read_bytes() == BODY
    assert server.asked == ["/0", "/1", "/2", "/3"]


def test_altered_bytes(serve, folder):
    serve(answer(ALTERED))
    message = refusal(folder)
    assert hashlib.sha256(ALTERED).hexdigest() in message
    assert f"expected {hashlib.sha256(BODY).hexdigest()}" in message


def test_cut_off_in_the_middle(serve, folder):
    server = serve(answer(BODY[:1000], length=len(BODY)))
    assert f"cut off: 1,000 of {len(BODY):,} bytes came (3 tries)" in refusal(folder)
    assert len(server.asked) == 3  # it may have been bad luck


def test_a_length_that_is_too_small(serve, folder):
    serve(answer(BODY, length=100))
    assert f"100 bytes instead of the published {len(BODY):,}" in refusal(folder)


def test_a_length_that_is_too_large(serve, folder):
    serve(answer(BODY, length=len(BODY) + 50))
    assert f"cut off: {len(BODY):,} of {len(BODY) + 50:,} bytes came" in refusal(folder)


def test_a_web_page_instead_of_data(serve, folder):
    server = serve(answer(PAGE, kind="text/html"))
    message = refusal(folder)
    assert "a web page came instead of data" in message and len(server.asked) == 1


def test_an_oversized_body_is_not_read_to_its_end(serve, folder):
    sent = []

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        while not server.stop.is_set():
            sent.append(handler.wfile.write(bytes(2**16)))

    server = serve(endless)
    assert f"more than the published {len(BODY):,} bytes" in refusal(folder)
    assert len(server.asked) == 1


def test_silence_ends_in_a_time_out(serve, folder, impatient):

    def silent(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        handler.wfile.write(BODY[:500])
        server.stop.wait(60)

    server = serve(silent)
    assert "no byte came for 0.3 s" in refusal(folder)


def test_no_answer_ends_in_a_time_out(serve, folder, impatient):
    server = serve(lambda handler: server.stop.wait(60))
    assert "no byte came for 0.3 s" in refusal(folder)


def test_an_endless_dribble_ends_too(serve, folder, impatient):
    """Each byte comes in time, so that no single wait is too long."""

    def dribble(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        for byte in BODY:
            handler.wfile.write(bytes([byte]))
            if server.stop.wait(0.02):
                break

    server = serve(dribble)
    assert re.search(r"too slow: \d+ bytes in 0 s", refusal(folder))


def test_nobody_listens(folder, register):
    register(NAME, {FILE: BODY}, lambda _: ["http://127.0.0.1:9/0"])
    assert re.search(r"ConnectionError: .*refused.*\n", refusal(folder))
    assert "tries" not in refusal(folder)


def test_a_connection_that_breaks_is_tried_again(serve):
    def sometimes(handler):
        handler.close_connection = True
        if len(server.asked) > 1:
            answer(BODY)(handler)

    server = serve(sometimes)
    assert fetch(NAME)[0].read_bytes() == BODY and len(server.asked) == 2


def test_no_connection(serve, folder, monkeypatch):
    def time_out(*_, **__):
        raise TimeoutError("timed out")

    serve(answer(BODY))
    monkeypatch.setattr("urllib3.util.connection.create_connection", time_out)
    assert "no connection within 10 s\n" in refusal(folder)


def test_no_bar_where_there_is_no_terminal(serve, capsys):
    serve(answer(BODY))
    fetch(NAME)
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal(serve, capsys, monkeypatch):
    serve(answer(BODY))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    fetch(NAME)
    assert FILE in capsys.readouterr().err
