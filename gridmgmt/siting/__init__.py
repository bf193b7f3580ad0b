"""Where new facilities serve most (选址): covering, median, centre and capacitated plans with proof, walking distances, accessibility."""
