class Encoded:
    """JSON that is written already."""

    def __init__(self, text):
        self.text = text


def answer(value):
    return '{"answer": ' + (value.text if isinstance(value, Encoded) else json.dumps(value)) + "}"


def failure(error, root):
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return '{"answer": null}'
    told = getattr(error, "pushgraph", None) or described(error, root)
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return json.dumps({"error": {**told, "missing": missing}})


def part(source, name):
    """A class of a part of this program; what is not needed is not compiled."""
    exec(compile(source, f"<pushgraph {name}>", "exec"), globals())
    return globals()[name]


class Worker:
    """Answers questions: single steps, or from the first question that only the whole can answer, the whole."""

    def __init__(self, channel, options, sources):
        self.channel = channel
        self.options = options
        self.steps_source, self.whole_source = sources
        self.broken = None
        self.side = self.steps = None
        if not options["whole"]:
            self.begin(part(self.steps_source, "Steps")(channel, options))
            self.steps = self.side
        else:
            self.begin(part(self.whole_source, "Tree")(channel, options, None))

    def begin(self, side):
        self.side = side
        try:
            side.start()
        except (Exception, SystemExit) as error:
            self.broken = error

    def answer(self, question, arguments):
        if self.broken is None and question not in self.side.QUESTIONS:
            self.begin(part(self.whole_source, "Tree")(self.channel, self.options, self.steps))
        if self.broken is not None:
            raise self.broken
        return getattr(self.side, question)(**arguments)


def serve(channel, options, sources):
    worker = Worker(channel, options, sources)
    while (arguments := channel.receive()) is not None:
        try:
            reply = answer(worker.answer(arguments.pop("question"), arguments))
        except (Exception, SystemExit) as error:
            reply = failure(error, worker.side.root)
        channel.send(reply)


def main():
    sources = sys.argv[1:]
    del sys.argv[1:]
    channel = Channel()
    # Python puts the current directory first where it is given its program so; taskgraph's own command does not.
    if sys.path[:1] == [""]:
        del sys.path[0]
    try:
        options = channel.receive()
        if options is not None:
            set_up_logging(options["log_level"])
            serve(channel, options, sources)
    except KeyboardInterrupt:
        os._exit(130)


main()
